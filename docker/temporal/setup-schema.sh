#!/bin/sh
# Makes Temporal's two databases and brings their schemas up to date. May run any number of times. The connection comes from SQL_HOST,
# SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN, which the tool reads itself.
set -eu
schema_folder=${SCHEMA_FOLDER:-/etc/temporal/schema/postgresql/v12}

prepare() {
  # Each of these finds what is there already and leaves it: a database, the table of versions, the newest version.
  temporal-sql-tool --database "$1" create-database
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-dir "$2"
}

prepare temporal "$schema_folder/temporal/versioned"
prepare temporal_visibility "$schema_folder/visibility/versioned"
echo "Temporal's databases are up to date."
