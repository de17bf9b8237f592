# Sourced. `keycloak_home WORK` fetches the Keycloak that Stepgate is tried with from Maven Central, once, and sets KEYCLOAK_HOME
# to a copy of it without data; it needs home, the checkout.
keycloak_home() {
  local version=26.7.3
  KEYCLOAK_HOME="$1/keycloak-$version"
  if [ ! -f "$KEYCLOAK_HOME/bin/kc.sh" ]; then
    echo "# fetching Keycloak $version from Maven Central"
    (cd "$home" && timeout 300 ./mvnw -q -N -Denforcer.skip dependency:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:$version:zip" \
      "-DoutputDirectory=$1") >"$1/fetch-keycloak.log" 2>&1 || { KEYCLOAK_MISSING="Keycloak cannot be fetched from Maven Central: $(tail -n 1 "$1/fetch-keycloak.log")"; return 1; }
    (cd "$1" && python3 -m zipfile -e "keycloak-quarkus-dist-$version.zip" .) || { KEYCLOAK_MISSING="Keycloak cannot be unpacked"; return 1; }
  fi
  rm -rf "$KEYCLOAK_HOME/data"
}

keycloak_started() { # process, URL of a realm: waits for it, 400 s at most
  for _ in $(seq 1 400); do
    curl -sf --noproxy '*' -m 2 -o /dev/null "$2" && return
    kill -0 "$1" 2>/dev/null || break
    sleep 1
  done
  curl -sf --noproxy '*' -m 5 -o /dev/null "$2"
}
