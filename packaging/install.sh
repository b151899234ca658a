#!/bin/sh
# Installs Postern below /usr/local, as a systemd service, or upgrades it. Settings and data are never overwritten.
#   ./install.sh           installs or upgrades
#   ./install.sh --remove  removes the program and its service; settings, data and the user are kept
set -eu
# The service reads what is installed.
umask 022
cd "$(dirname "$0")"

PROGRAM=/usr/local/bin/postern
MAN=/usr/local/share/man/man1
UNIT=/etc/systemd/system/postern.service
SETTINGS=/etc/postern/postern.toml
DATA=/var/lib/postern
BASH_COMPLETION=/usr/local/share/bash-completion/completions/postern
ZSH_COMPLETION=/usr/local/share/zsh/site-functions/_postern
FISH_COMPLETION=/usr/local/share/fish/vendor_completions.d/postern.fish

# Where systemd does not run, as in a chroot, only the files are installed.
with_systemd() {
    if [ -d /run/systemd/system ]; then
        systemctl "$@"
    fi
}

install_program() {
    sha256sum --check --quiet SHA256SUMS
    if ! getent passwd postern >/dev/null; then
        useradd --system --user-group --home-dir "$DATA" --no-create-home --shell /usr/sbin/nologin postern
    fi
    if [ ! -d "$DATA" ]; then
        install -d -o postern -g postern -m 0700 "$DATA"
    fi
    # A password may be in the settings.
    if [ ! -e "$SETTINGS" ]; then
        install -D -o root -g postern -m 0640 postern.toml "$SETTINGS"
    fi
    install -D -m 0755 postern "$PROGRAM"
    install -d "$MAN"
    install -m 0644 man/*.1.gz "$MAN"
    install -D -m 0644 completions/postern.bash "$BASH_COMPLETION"
    install -D -m 0644 completions/_postern "$ZSH_COMPLETION"
    install -D -m 0644 completions/postern.fish "$FISH_COMPLETION"
    sed "s|/usr/bin/postern|$PROGRAM|" postern.service >"$UNIT"
    chmod 0644 "$UNIT"
    with_systemd daemon-reload
    with_systemd enable postern.service
    with_systemd restart postern.service
    echo "Postern is installed. Settings: $SETTINGS. Data: $DATA. Log, with the one-time link of the first run: journalctl -u postern"
}

remove_program() {
    if [ -e "$UNIT" ]; then
        with_systemd disable --now postern.service
    fi
    rm -f "$PROGRAM" "$UNIT" "$BASH_COMPLETION" "$ZSH_COMPLETION" "$FISH_COMPLETION" "$MAN"/postern.1.gz "$MAN"/postern-*.1.gz
    with_systemd daemon-reload
    echo "Postern is removed. Kept: $SETTINGS, $DATA and the user postern"
}

if [ "$(id -u)" -ne 0 ]; then
    echo "install.sh: run it as root" >&2
    exit 1
fi
case "${1-}" in
    "") install_program ;;
    --remove) remove_program ;;
    *) echo "usage: ./install.sh [--remove]" >&2; exit 2 ;;
esac
