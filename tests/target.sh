# Sourced with the repository in $root: sets the folder for build products, which all scripts and clones share.

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/gapsync/target}
# Cargo only compares time stamps, and would mistake build products of another clone for ours.
if [ "$(cat "$CARGO_TARGET_DIR/made-from" 2>/dev/null)" != "$root" ]; then
    find "$root"/{src,tests,benches,fixtures} -name '*.rs' -exec touch {} +
    mkdir -p "$CARGO_TARGET_DIR"
    printf '%s\n' "$root" >"$CARGO_TARGET_DIR/made-from"
fi
