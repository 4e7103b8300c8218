#!/bin/sh
# xinetd starts cat for each client. Its limits are lifted; it logs nothing.
#   sh xinetd.sh PORT FOLDER     the configuration is written to FOLDER
set -eu
file="$2/xinetd-$1.conf"
cat >"$file" <<END
service truefork-bench
{
  type        = UNLISTED
  socket_type = stream
  protocol    = tcp
  wait        = no
  user        = $(id -un)
  bind        = 127.0.0.1
  port        = $1
  server      = $(command -v cat)
  instances   = UNLIMITED
  per_source  = UNLIMITED
  cps         = 1000000 1
}
END
PATH="$PATH:/usr/sbin:/usr/local/sbin"
exec xinetd -dontfork -f "$file" -pidfile "$2/xinetd-$1.pid"
