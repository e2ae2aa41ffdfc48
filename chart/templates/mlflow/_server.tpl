{{/*
The configuration of MLflow in the containers of a pod: {"workspaces", "appName", "allowedHosts"}, as JSON. `allowedHosts` comes from
the command, the variables and the ConfigMaps of `envFrom`; a list in a Secret or an image cannot be read. Called with (dict "root" $ "namespace" ... "spec" <pod spec>).
*/}}
{{- define "mlflow-gateway.mlflowServer" -}}
{{- $root := .root -}}
{{- $namespace := .namespace -}}
{{- $words := list -}}
{{- $env := dict -}}
{{- range .spec.containers -}}
{{- range $from := default list (get . "envFrom") -}}
{{- with get $from "configMapRef" -}}
{{- $prefix := default "" (get $from "prefix") -}}
{{- $map := lookup "v1" "ConfigMap" $namespace .name -}}
{{- range $name, $value := default dict (get $map "data") -}}
{{- $_ := set $env (printf "%s%s" $prefix $name) (toString $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range default list (get . "env") -}}
{{- if hasKey . "valueFrom" -}}
{{- $_ := unset $env .name -}}
{{- else -}}
{{- $_ := set $env .name (toString (default "" (get . "value"))) -}}
{{- end -}}
{{- end -}}
{{- $words = concat $words (default list (get . "command")) (default list (get . "args")) -}}
{{- end -}}
{{- $line := printf " %s " (join " " $words) -}}
{{- $listed := regexFind " --allowed-hosts[ =][^ ]+" $line -}}
{{- $hosts := regexReplaceAll "^ --allowed-hosts[ =]" $listed "" | trimAll "'\"" -}}
{{- if not $listed -}}
{{- $hosts = get $env "MLFLOW_SERVER_ALLOWED_HOSTS" -}}
{{- end -}}
{{- if or (contains " --disable-security-middleware " $line) (eq (lower (get $env "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE")) "true") -}}
{{- $hosts = "" -}}
{{- end -}}
{{- $app := regexReplaceAll "^ --app-name[ =]" (regexFind " --app-name[ =][^ ]+" $line) "" | trimAll "'\"" -}}
{{- $workspaces := has (lower (get $env "MLFLOW_ENABLE_WORKSPACES")) (list "true" "1") -}}
{{- if contains " --enable-workspaces " $line -}}
{{- $workspaces = true -}}
{{- else if contains " --disable-workspaces " $line -}}
{{- $workspaces = false -}}
{{- end -}}
{{- dict "workspaces" $workspaces "appName" $app "allowedHosts" (default "" $hosts) | toJson -}}
{{- end -}}

{{/*
`true` if MLflow's list of allowed hosts accepts the host: an equal entry, or a matching pattern with a star
(mlflow/server/fastapi_security.py). Called with (dict "hosts" "a,*.b" "host" "localhost").
*/}}
{{- define "mlflow-gateway.hostAllowed" -}}
{{- $allowed := false -}}
{{- $host := .host -}}
{{- range splitList "," .hosts -}}
{{- $entry := trim . -}}
{{- if eq $entry $host -}}
{{- $allowed = true -}}
{{- else if and (contains "*" $entry) (regexMatch (printf "^%s$" (regexQuoteMeta $entry | replace "\\*" ".*" | replace "\\?" ".")) $host) -}}
{{- $allowed = true -}}
{{- end -}}
{{- end -}}
{{- if $allowed -}}
true
{{- end -}}
{{- end -}}
