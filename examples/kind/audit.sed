# Turns audit lines into a table: team, caller, decision, status, operation, reason.
s/.*"tenant":([^,]*),.*"subject":([^,]*),.*"operation":([^,]*),.*"decision":([^,]*),"reason":([^,]*),"status_code":([^,]*),.*/\1 \2 \4 \6 \3 \5/
t found
d
:found
s/null/-/g
s/"//g
s/system:serviceaccount://
