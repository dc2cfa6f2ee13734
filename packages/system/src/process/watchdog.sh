#!/bin/sh
# Stops what a supervisor left behind. Standard input is a pipe that only the supervisor holds; at its end, however the
# supervisor ended, every process group still recorded is stopped and every temporary folder still recorded is removed.
# Lines: `group ID SIGNAL`, `forget ID`, `folder PATH`, `keep PATH`. First argument: seconds before SIGKILL.
# It is a shell script, not a Node program, because it lives as long as the system does: 1 MB instead of 40.
trap '' HUP INT TERM
set -f
newline='
'
groups=
folders=
while read -r verb rest; do
  case $verb in
    group) groups="$groups ${rest%% *}:${rest#* }" ;;
    folder) folders="$folders$rest$newline" ;;
    forget)
      kept=
      for entry in $groups; do [ "${entry%%:*}" = "$rest" ] || kept="$kept $entry"; done
      groups=$kept
      ;;
    keep)
      kept=
      IFS=$newline
      for folder in $folders; do [ "$folder" = "$rest" ] || kept="$kept$folder$newline"; done
      unset IFS
      folders=$kept
      ;;
  esac
done

for entry in $groups; do kill -s "${entry#*:}" -- "-${entry%%:*}" 2>/dev/null; done
attempts=$((${1:-10} * 10))
while [ "$attempts" -gt 0 ]; do
  alive=
  for entry in $groups; do kill -0 -- "-${entry%%:*}" 2>/dev/null && alive=yes; done
  [ -n "$alive" ] || break
  attempts=$((attempts - 1))
  sleep 0.1
done
for entry in $groups; do kill -s KILL -- "-${entry%%:*}" 2>/dev/null; done
IFS=$newline
for folder in $folders; do rm -rf -- "$folder"; done
