# Sourced. `openenv_packages LABEL WORK` has the packages of interop/openenv/requirements-LABEL.txt in WORK/openenv-LABEL.
openenv_packages() {
  local requirements venv="$2/openenv-$1"
  requirements="$(dirname "${BASH_SOURCE[0]}")/../openenv/requirements-$1.txt"
  cmp -s "$requirements" "$venv/requirements.txt" && return
  echo "# installing $(basename "$requirements")"
  rm -rf "$venv"
  python3 -m venv "$venv" &&
    timeout 420 "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" &&
    cp "$requirements" "$venv/requirements.txt" # last, so that an install that was cut short is done again
}
