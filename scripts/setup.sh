#!/usr/bin/env bash
# Makes sure that the named tools are there: go cc node python chromium java databases. On Debian and its relatives, run by root, what is
# missing is installed; elsewhere the script says what to install and ends.
set -euo pipefail

can_apt() { [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; }

updated=
apt() {
    if [[ -z $updated ]]; then
        apt-get update -qq
        updated=1
    fi
    echo "Installing $* …"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing() {
    echo "Missing: $1" >&2
    echo "         $2" >&2
    exit 1
}

# at_least HAVE WANT compares versions.
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# in_apt PACKAGE VERSION says whether apt offers at least that version.
in_apt() {
    can_apt || return 1
    [[ -n $updated ]] || { apt-get update -qq; updated=1; }
    local offered
    offered=$(apt-cache policy "$1" | sed -nE 's/^  Candidate: ([0-9]+:)?([0-9.]+).*/\2/p')
    [[ -n $offered ]] && at_least "$offered" "$2"
}

need_go() {
    # From 1.21 on, go fetches the version that go.mod names by itself.
    local least=1.21 have=
    have=$(go env GOVERSION 2>/dev/null | sed 's/^go//') || true
    [[ -n $have ]] && at_least "$have" "$least" && return
    if in_apt golang-go "$least"; then apt golang-go; return; fi
    missing "Go $least or newer${have:+ (found $have)}" "Install it from https://go.dev/dl/ and put its bin folder into PATH."
}

need_cc() {
    command -v gcc >/dev/null && command -v g++ >/dev/null && return
    if can_apt; then apt gcc g++ libc6-dev; return; fi
    missing "a C and C++ compiler (gcc, g++), which the embedded database needs" "On Debian or Ubuntu: sudo apt-get install gcc g++ libc6-dev"
}

need_node() {
    local least=20.19 have=
    have=$(node --version 2>/dev/null | sed 's/^v//') || true
    if [[ -z $have ]] || ! at_least "$have" "$least"; then
        in_apt nodejs "$least" || missing "Node.js $least or newer${have:+ (found $have)}" "Install it from https://nodejs.org/en/download."
        apt nodejs npm
    fi
    command -v npm >/dev/null && return
    if can_apt; then apt npm; return; fi
    missing "npm" "It comes with Node.js: https://nodejs.org/en/download."
}

need_python() {
    local least=3.10 have=
    have=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || true
    if [[ -z $have ]] || ! at_least "$have" "$least"; then
        in_apt python3 "$least" || missing "Python $least or newer${have:+ (found $have)}" "Install it from https://www.python.org/downloads/."
        apt python3 python3-venv
    fi
    python3 -c 'import ensurepip, venv' 2>/dev/null && return
    if can_apt; then apt python3-venv; return; fi
    missing "Python's venv module" "On Debian or Ubuntu: sudo apt-get install python3-venv"
}

need_chromium() {
    # The one without windows takes a third less of the machine's time.
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return
    done
    if can_apt; then apt chromium-headless-shell; return; fi
    missing "Chromium, for the tests in a browser" "On Debian or Ubuntu: sudo apt-get install chromium"
}

need_java() {
    local least=17 have=
    have=$(java -version 2>&1 | sed -nE 's/.* version "([0-9]+).*/\1/p') || true
    if [[ -z $have ]] || ! at_least "$have" "$least"; then
        can_apt || missing "Java $least or newer${have:+ (found $have)}, for the tests with Kafka" "On Debian or Ubuntu: sudo apt-get install default-jre-headless maven"
        apt default-jre-headless
    fi
    command -v mvn >/dev/null && return
    if can_apt; then apt maven; return; fi
    missing "Maven, which fetches Kafka for the tests" "On Debian or Ubuntu: sudo apt-get install maven"
}

# Debian's packages of servers that tests start, each with one of its programs. Servers lie beside the PATH of people.
databases=(
    "postgresql:/usr/lib/postgresql/*/bin/initdb"
    mariadb-server:mariadb-install-db
    redis-server:redis-server
    mosquitto:mosquitto
    openssh-server:sshd
    dovecot-imapd:dovecot
    dovecot-submissiond:/usr/lib/dovecot/submission-login
)

need_databases() {
    local want=() entry program
    for entry in "${databases[@]}"; do
        program=${entry#*:}
        PATH=$PATH:/usr/sbin command -v "${program##*/}" >/dev/null || compgen -G "$program" >/dev/null || want+=("${entry%%:*}")
    done
    [[ ${#want[@]} == 0 ]] && return
    if can_apt; then
        # The tests start servers of their own; those of the system are of no use here.
        local policy=/usr/sbin/policy-rc.d
        if [[ ! -e $policy ]]; then
            trap "rm -f $policy" EXIT
            printf '#!/bin/sh\nexit 101\n' >"$policy"
            chmod 755 "$policy"
        fi
        apt "${want[@]}"
        return
    fi
    missing "servers for the tests of connections: ${want[*]}" "On Debian or Ubuntu: sudo apt-get install ${want[*]}"
}

for tool in "$@"; do
    case $tool in
        go | cc | node | python | chromium | java | databases) "need_$tool" ;;
        *) echo "usage: $0 [go] [cc] [node] [python] [chromium] [java] [databases]" >&2; exit 2 ;;
    esac
done
