#!/bin/sh
# Runs once, when the database cluster is made: the roles and databases of neiqin and of Temporal.
set -eu
psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
  --set=neiqin_password="$NEIQIN_DATABASE_PASSWORD" --set=temporal_password="$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
create role neiqin_owner login createrole password :'neiqin_password';
create database neiqin owner neiqin_owner;
create role temporal login createdb password :'temporal_password';
\connect neiqin
create extension if not exists pg_trgm;
SQL
