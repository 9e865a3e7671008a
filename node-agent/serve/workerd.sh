#!/bin/sh
# Runs workerd for serve/workerd.ts, in place of the program that miniflare would start.
#
# It ends with the server, however that ends (prctl PR_SET_PDEATHSIG; Linux only), so that a killed server leaves nobody on its port
# and in its files. Ctrl-C at a terminal reaches every process of the group: only the server acts on it, and lets requests finish.
trap '' INT HUP
echo $$ >"$WHERRY_WORKERD_PID_FILE"
if setpriv --pdeathsig KILL true 2>/dev/null; then
  # The server may have gone before the kernel was told.
  # shellcheck disable=SC2016
  exec setpriv --pdeathsig KILL sh -c '[ "$PPID" = "$WHERRY_SERVER_PID" ] && exec "$WHERRY_WORKERD" "$@"' workerd "$@"
fi
exec "$WHERRY_WORKERD" "$@"
