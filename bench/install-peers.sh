#!/bin/sh
# Installs what the benchmark compares with. Whatever is missing is named as not installed by the
# benchmark, so that nothing here is required but a C compiler.
set -eu

case "$(uname -s)" in
Linux)
  if ! command -v apt-get >/dev/null; then
    echo 'install-peers: only Debian and its relatives are known here (apt-get); see docs/benchmarks.md' >&2
    exit 69
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends build-essential python3 php-cli \
    libnet-server-perl ruby socat ucspi-tcp xinetd
  ;;
FreeBSD)
  # Written from the names of the ports; not run.
  pkg install -y python3 php83 php83-pcntl php83-sockets p5-Net-Server ruby socat ucspi-tcp xinetd
  ;;
*)
  echo "install-peers: $(uname -s) is not known here; see docs/benchmarks.md" >&2
  exit 69
  ;;
esac
