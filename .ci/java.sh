# shellcheck shell=bash
# Source this file. Keycloak needs a newer Java than the default one of some machines.
newest_java=$(find /usr/lib/jvm -maxdepth 1 -name 'temurin-*' 2>/dev/null | sort -V | tail -1)
[ -z "$newest_java" ] || export JAVA_HOME=$newest_java
