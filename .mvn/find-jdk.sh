# Sourced by `mvnw` and `stepgate`: sets JAVA_HOME to a JDK of at least release 25, or ends with status 2.
# Looks at JAVA_HOME, then at the java on PATH, then in the usual install folders, and takes the first that fits.

STEPGATE_JAVA_RELEASE=25

# The feature release that a JDK folder states of itself; 0 when it is no JDK (a JRE has no javac).
jdk_release() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || { echo 0; return; }
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" | head -n 1
}

use_jdk_if_fit() {
  [ -n "$1" ] || return 1
  case "$(jdk_release "$1")" in
    '' | *[!0-9]*) return 1 ;;
    *) [ "$(jdk_release "$1")" -ge "$STEPGATE_JAVA_RELEASE" ] || return 1 ;;
  esac
  JAVA_HOME=$1
  export JAVA_HOME
}

jdk_on_path() {
  java=$(command -v java) || return 0
  # A symbolic link such as /usr/bin/java leads to the JDK itself.
  java=$(readlink -f "$java" 2>/dev/null || echo "$java")
  dirname "$(dirname "$java")"
}

find_jdk() {
  use_jdk_if_fit "${JAVA_HOME:-}" && return
  use_jdk_if_fit "$(jdk_on_path)" && return
  for candidate in /usr/lib/jvm/* /opt/java/* /opt/jdk* /usr/java/* /usr/local/java/* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    use_jdk_if_fit "$candidate" && return
  done
  echo "stepgate: no JDK $STEPGATE_JAVA_RELEASE found: install one (for example Eclipse Temurin $STEPGATE_JAVA_RELEASE) or set JAVA_HOME to it" >&2
  exit 2
}

find_jdk
