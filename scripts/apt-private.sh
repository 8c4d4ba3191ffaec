# Sourced by scripts that fetch Debian packages without installing them: apt
# with its lists and state in a folder of its own.
#
#   apt_private STATE ARCH SUITE [deb-src]
#
# sets the array apt_opts, options for apt-get and apt-cache (ARCH: Debian's
# name of an architecture), and updates the lists unless STATE has them.
apt_private() {
    local state=$1
    apt_opts=(-q -q -o APT::Architecture="$2" -o APT::Architectures="$2"
        -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=-
        -o Dir::Etc::trusted=/usr/share/keyrings/debian-archive-keyring.gpg
        -o Dir::State="$state" -o Dir::State::Lists="$state/lists"
        -o Dir::State::Status="$state/status" -o Dir::Cache="$state"
        -o Dir::Cache::archives="$state/archives"
        -o APT::Sandbox::User=root -o APT::Install-Recommends=false
        -o Debug::NoLocking=1)
    [ ! -e "$state/ready" ] || return 0
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    : >"$state/status"
    echo "${4:-deb} http://deb.debian.org/debian $3 main" >"$state/sources.list"
    apt-get "${apt_opts[@]}" update >"$state/log" 2>&1 || {
        cat "$state/log" >&2; return 1; }
    : >"$state/ready"
}
