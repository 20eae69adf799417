#!/bin/sh
# Runs once, when the server has no data yet. For each service: a database, a role that owns its tables and is only
# used by migrations, and a role that reads and writes rows, which the processes use.
set -eu

secrets=${MOTCUA_DATABASE_SECRETS:-/run/secrets}

password_in() {
    sed -n 's|^postgresql://[^:]*:\([^@]*\)@.*|\1|p' "$secrets/$1"
}

for service in intake processing stats; do
    # Through the environment: command lines can be read by everybody on the machine.
    OWNER_PASSWORD=$(password_in "${service}_owner_url") PROCESS_PASSWORD=$(password_in "${service}_database_url") \
        psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=postgres \
        --set=database="motcua_$service" --set=owner="motcua_${service}_owner" --set=process="motcua_$service" <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv process_password PROCESS_PASSWORD
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"process" LOGIN PASSWORD :'process_password';
CREATE DATABASE :"database" OWNER :"owner";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"process";
-- Nobody of ours waits for anything inside a transaction. Whoever leaves one open keeps others from rows.
ALTER DATABASE :"database" SET idle_in_transaction_session_timeout = '60s';
\connect :"database"
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"process";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE ON SEQUENCES TO :"process";
SQL
done
