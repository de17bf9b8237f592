# Sourced. A container engine without a registry: `engine_ready WORK` installs podman and runc from Debian where they are
# missing and this user may, and sets CONTAINERS_CONF; else ENGINE_MISSING says what is missing.
# `base_image NAME WORK` makes a minimal Debian image from the machine's own package source, `jdk_image NAME BASE` the same
# with the JDK that JAVA_HOME names in /opt/java/openjdk. Both are kept between runs.

engine_ready() { # work folder
  local work="$1" package missing=()
  ENGINE_MISSING=""
  for package in podman runc mmdebstrap; do command -v "$package" >/dev/null 2>&1 || missing+=("$package"); done
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
      ENGINE_MISSING="${missing[*]} not installed, and this user cannot install"
      return 1
    fi
    echo "# installing ${missing[*]}"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
      >"$work/apt-engine.log" 2>&1 || { ENGINE_MISSING="${missing[*]} could not be installed: $(tail -n 1 "$work/apt-engine.log")"; return 1; }
  fi
  # runc, since crun does not start where control groups are hybrid; limits that a nested machine can give.
  cat >"$work/containers.conf" <<'END'
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=16384:16384"]
[engine]
runtime = "runc"
END
  export CONTAINERS_CONF="$work/containers.conf"
  timeout 60 podman info >"$work/podman-info.log" 2>&1 || { ENGINE_MISSING="podman does not run here: $(tail -n 1 "$work/podman-info.log")"; return 1; }
}

base_image() { # name, work folder
  podman image exists "$1" && return
  echo "# making the image $1 from Debian packages"
  timeout 300 mmdebstrap --quiet --variant=minbase bookworm "$2/base.tar" >"$2/mmdebstrap.log" 2>&1 \
    && podman import --quiet "$2/base.tar" "$1" >/dev/null 2>"$2/import.log"
  local status=$?
  rm -f "$2/base.tar"
  return $status
}

jdk_image() { # name, base image
  podman image exists "$1" && return
  local container="jdk-$$" status
  # A copy without links out of the folder, such as the one to the machine's trust store.
  tar -C "$JAVA_HOME" --dereference -cf - --exclude=./lib/src.zip . \
    | podman run --interactive --network=none --name "$container" "$2" \
      sh -c 'mkdir -p /opt/java/openjdk && tar -C /opt/java/openjdk --no-same-owner -xf -' \
    && podman commit --quiet --format docker --change 'ENV PATH=/opt/java/openjdk/bin:/usr/bin:/bin' "$container" "$1" >/dev/null
  status=$?
  podman rm --force "$container" >/dev/null 2>&1
  return $status
}
