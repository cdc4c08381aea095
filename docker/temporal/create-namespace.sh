#!/bin/sh
# Makes the namespace with the wanted retention, or sets the retention of the one that is there. May run any number of times.
# TEMPORAL_ADDRESS is read by the temporal command itself.
set -eu
: "${NAMESPACE:?}" "${RETENTION:?}"
attempts_left=${ATTEMPTS:-60}

# Repeats a command until it succeeds. All attempts of this script count together.
insist() {
  until "$@"; do
    attempts_left=$((attempts_left - 1))
    if [ "$attempts_left" -le 0 ]; then
      echo "giving up: $*" >&2
      exit 1
    fi
    sleep 2
  done
}

insist temporal operator cluster health
if temporal operator namespace describe --namespace "$NAMESPACE" >/dev/null 2>&1; then
  # A server that has just made the namespace does not know it yet for some seconds.
  insist temporal operator namespace update --namespace "$NAMESPACE" --retention "$RETENTION"
else
  insist temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
fi
# The first requests of workers and API must not meet a server that does not know the namespace.
insist temporal workflow count --namespace "$NAMESPACE"
echo "namespace $NAMESPACE keeps histories for $RETENTION."
