# Turns audit lines into a table: team, caller, decision, status, operation, reason. Without Kubernetes' own health checks.
/"operation":"health"/d
s/.*"tenant":([^,]*),.*"subject":([^,]*),.*"operation":([^,]*),.*"decision":([^,]*),"reason":([^,]*),"status_code":([^,]*),.*/\1 \2 \4 \6 \3 \5/
t found
d
:found
s/null/-/g
s/"//g
s/system:serviceaccount://
