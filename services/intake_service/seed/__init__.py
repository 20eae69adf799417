"""What a new installation starts with: procedures, agencies and desks of Nghệ An, the working calendar."""
