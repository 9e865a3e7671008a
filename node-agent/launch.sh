#!/bin/sh
# sh node-agent/launch.sh <entry.ts> [arguments]
#
# Runs a TypeScript program of this checkout on the checkout's own Node 24, and installs the packages first where that is due: after
# a clone, and whenever package-lock.json has changed. All it needs is a POSIX shell and npm with Node 20 or newer. It ends in an
# exec: signals, exit code and process id are the program's own.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
modules=$root/node_modules
stamp=$modules/.wherry-installed
node=$modules/node/bin/node

say() { printf '%s\n' "$@" >&2; }
fail() {
  say "$@"
  exit 1
}

check_platform() {
  case "$(uname -s) $(uname -m)" in
    'Linux x86_64' | 'Linux aarch64') ;;
    'Darwin '*) say 'macOS: the registry runs here, untested; what runs containers needs Linux.' ;;
    *) fail "Wherry runs on Linux x86_64 and aarch64; this is $(uname -s) $(uname -m)." ;;
  esac
  if ldd --version 2>&1 | grep -qi musl; then
    fail 'Wherry needs a Linux with glibc, such as Debian, Ubuntu or Fedora. This one has musl (Alpine), where workerd does not run.'
  fi
}

check_npm() {
  command -v npm >/dev/null || fail \
    'npm is not installed. Wherry fetches its packages with it, a Node of its own among them.' \
    'Install Node 20 or newer with npm (https://nodejs.org/en/download), and start again.'
  version=$(node -p 'process.versions.node' 2>/dev/null) || fail \
    'npm is there, but `node` does not run. Install Node 20 or newer (https://nodejs.org/en/download), and start again.'
  [ "${version%%.*}" -ge 20 ] || fail \
    "The Node of this machine is $version; npm needs 20 or newer to install Wherry's packages." \
    'Install a newer one (https://nodejs.org/en/download), and start again. Wherry itself then runs on its own Node 24.'
}

checksum() { cksum <"$root/package-lock.json"; }

# npm writes node_modules/.package-lock.json last: newer than package-lock.json, it stands for an installation typed by hand.
installed() {
  [ -d "$modules" ] || return 1
  [ "$(cat "$stamp" 2>/dev/null)" = "$(checksum)" ] || [ "$modules/.package-lock.json" -nt "$root/package-lock.json" ]
}

# Of two at once, the second waits and then finds it done. Without flock(1) (macOS) nothing keeps them apart.
install() (
  exec 9<"$root/package-lock.json"
  ! command -v flock >/dev/null || flock 9
  ! installed || exit 0
  check_platform
  check_npm
  say "Installing Wherry's packages. This happens once and takes about half a minute ..."
  cd "$root"
  # Not `npm ci`: it refuses the lock file wherever a registry does not have some other platform's binary of a tool, which nobody
  # here would install. The versions are those of the lock file all the same. NODE_ENV=production would leave out the Node 24, which
  # is a development dependency.
  npm install --no-save --include=dev --loglevel=error --no-progress </dev/null >&2 9<&- || fail \
    '' "Wherry's packages could not be installed; npm says why above." \
    'If the network was down, start again when it is back: nothing has to be cleaned up first.'
  checksum >"$stamp"
)

choose_node() {
  [ -x "$node" ] && return
  # npm was told to run no install scripts, so the package `node` has not put its program in place.
  node=$(command -v node || true)
  version=$([ -z "$node" ] || "$node" -p 'process.versions.node')
  [ "${version%%.*}" = 24 ] || fail \
    "The package \`node\` is installed without its program, and the Node of this machine is ${version:-missing}, not 24." \
    'Its install script has not run; `npm config get ignore-scripts` may say true. Put it right with:' \
    "    cd $root && npm rebuild node --ignore-scripts=false"
}

[ $# -gt 0 ] || fail 'usage: sh node-agent/launch.sh <entry.ts> [arguments]'
entry=$root/$1
shift
installed || install
choose_node

PATH=$modules/.bin:$PATH
NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE-$modules/.cache/node}
export PATH NODE_COMPILE_CACHE
case $entry in
  */serve/main.ts)
    # The server's Node only looks after workerd. Measured: 150 MB resident with these, 220 MB without.
    export MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536
    exec "$node" --max-semi-space-size=1 --optimize-for-size --disable-warning=ExperimentalWarning "$entry" "$@"
    ;;
  */agent.ts)
    # What a pull has taken goes back to the system; unpacker.ts calls for that.
    export MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536 MALLOC_MMAP_THRESHOLD_=65536
    exec "$node" --max-semi-space-size=4 --expose-gc "$entry" "$@"
    ;;
  *) exec "$node" "$entry" "$@" ;;
esac
