# An MCP server in lines, for tests. $MODE decides how it misbehaves, $LOG gets everything it reads, and the file
# $LOG.pids the processes it consists of.
reply() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$1"; }
text() { reply '{"content":[{"type":"text","text":"'"$1"'"}]}'; }
tool() { printf '{"name":"%s","description":"It is %s.","inputSchema":{"type":"object","properties":{"text":{"type":"string"}}}}' "$1" "$1"; }
echo $$ >> "$LOG.pids"
case $MODE in
  crash) echo "cannot open the door with $TOKEN" >&2; exit 3 ;;
  deaf) n=0; while [ $n -lt 20000 ]; do printf '{"jsonrpc":"2.0","id":%s,"method":"ping"}\n' $n; n=$((n+1)); done; exec sleep 600 ;;
  mute) exec sleep 600 ;;
  modern)
    while IFS= read -r line; do
      printf '%s\n' "$line" >> "$LOG"
      id=${line#*'"id":'}; id=${id%%[,\}]*}
      case $line in
        *'"method":"server/discover"'*)
          reply '{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private"}' ;;
        *'"method":"tools/list"'*) reply '{"resultType":"complete","tools":['"$(tool echo)"'],"ttlMs":0,"cacheScope":"private"}' ;;
        *'"method":"tools/call"'*) reply '{"resultType":"complete","content":[{"type":"text","text":"newer"}]}' ;;
        *) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"unknown method"}}\n' "$id" ;;
      esac
    done
    exit ;;
  refuse) read -r line; id=0; printf '{"jsonrpc":"2.0","id":0,"error":{"code":-32603,"message":"no seat left"}}\n' ;;
esac
echo 'Welcome to the test server'
sleep 600 & echo $! >> "$LOG.pids"
while IFS= read -r line; do
  printf '%s\n' "$line" >> "$LOG"
  id=${line#*'"id":'}; id=${id%%[,\}]*}
  case $line in
    *'"method":"initialize"'*)
      reply '{"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"fake","version":"1"}}' ;;
    *'"method":"tools/list"'*)
      case $MODE in
        many)
          n=0; list=
          while [ $n -lt 300 ]; do list="$list,{\"name\":\"t$n\",\"inputSchema\":{\"type\":\"object\"}}"; n=$((n+1)); done
          reply '{"tools":['"${list#,}"']}' ;;
        endless) reply '{"tools":['"$(tool same)"'],"nextCursor":"again"}' ;;
        grown) reply '{"tools":['"$(tool echo),$(tool grow),$(tool grown)"']}' ;;
        *) reply '{"tools":['"$(tool echo),$(tool picture),$(tool fail),$(tool env),$(tool hang),$(tool die),$(tool garbage),$(tool flood),$(tool wall),$(tool grow),$(tool long),$(tool 'odd.name')"']}' ;;
      esac ;;
    *'"method":"tools/call"'*)
      case $line in
        *'"name":"echo"'*) said=${line#*'"text":"'}; text "you said: ${said%%'"'*}" ;;
        *'"name":"picture"'*) reply '{"content":[{"type":"image","mimeType":"image/png","data":"AAAA"}]}' ;;
        *'"name":"fail"'*) reply '{"isError":true,"content":[{"type":"text","text":"it did not work"}]}' ;;
        *'"name":"env"'*) text "$(env | cut -d= -f1 | sort | tr '\n' ' ')TOKEN is $TOKEN in $(pwd)" ;;
        *'"name":"hang"'*) ;;
        *'"name":"die"'*) echo "dying with $TOKEN" >&2; exit 7 ;;
        *'"name":"garbage"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[\n' "$id" ;;
        *'"name":"flood"'*)
          big=0123456789; while [ ${#big} -lt 60000 ]; do big=$big$big; done
          while :; do printf '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"%s"}}\n' "$big"; done ;;
        *'"name":"wall"'*) while :; do printf '%s' 0123456789012345678901234567890123456789012345678901234567890123456789; done ;;
        *'"name":"grow"'*) MODE=grown; printf '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n'; text grown ;;
        *'"name":"grown"'*) text 'here I am' ;;
        *'"name":"long"'*) big=0123456789; while [ ${#big} -lt 5000 ]; do big=$big$big; done; text "$big" ;;
        *'"name":"odd.name"'*) text odd ;;
        *) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32602,"message":"no such tool"}}\n' "$id" ;;
      esac ;;
    *'"method":"server/discover"'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"unknown method"}}\n' "$id" ;;
  esac
done
