{{/*
How both admission policies read a pod: shared CEL expressions and variables. They do not interpret a shell: they ignore what they do
not recognise, and refuse what they cannot read.
*/}}

{{/* The command line of a container (a CEL expression) as words separated by one blank, without quotes. */}}
{{- define "mlflow-gateway.celLine" -}}
((has({{ . }}.command) ? {{ . }}.command : []) + (has({{ . }}.args) ? {{ . }}.args : [])).join(' ')
.replace('\n', ' ').replace('\t', ' ').replace("'", '').replace('"', '').replace(';', ' ; ').replace('&&', ' && ').replace('||', ' || ')
.findAll('[^ ]+').join(' ')
{{- end -}}

{{/*
The values of a variable in a list of EnvVar; the last one applies. `$(` stands for a value that is read from elsewhere. Called with
(dict "env" EXPRESSION "name" NAME).
*/}}
{{- define "mlflow-gateway.celValues" -}}
{{ .env }}.filter(e, e.name == '{{ .name }}').map(e, has(e.valueFrom) ? '$(' : has(e.value) ? string(e.value) : '')
{{- end -}}

{{/* Matches a call of MLflow's server in a command line: by name, by path, or as a module. */}}
{{- define "mlflow-gateway.serverPattern" -}}
(^|[ /])mlflow([.]cli|[.]__main__)?( --env-file[= ][^ ]+)? (server|ui)( |$)
{{- end -}}

{{/*
A condition: the pod runs or may run MLflow's server. Pods that end (a migration, `mlflow gc`) have nothing to protect, although charts give
them the same labels. Every pod that is not clearly one of these counts as a server, as in the webhook (src/inject/pod-purpose.ts).
*/}}
{{- define "mlflow-gateway.mayServe" -}}
- name: may-serve
  expression: >-
    !has(object.spec.restartPolicy) || object.spec.restartPolicy == 'Always' ||
    (dyn(object.spec.containers) + dyn(has(object.spec.initContainers) ? object.spec.initContainers.filter(c, has(c.restartPolicy) && c.restartPolicy == 'Always') : []))
    .exists(c, c.name == 'mlflow-gateway' || {{ include "mlflow-gateway.celLine" "c" | nindent 4 }}
    .matches('{{ include "mlflow-gateway.serverPattern" . }}|(^|[ /])(gunicorn|uvicorn|waitress(-serve)?|hypercorn|daphne|granian|mlflow-oidc-server|serve|start-server)( |$)|(^| )(mlflow[.]server|mlflow_oidc_auth)') ||
    ((size(object.spec.containers) == 1 && c.name == object.spec.containers[0].name) || c.name == {{ .Values.injection.container | squote }} ||
    (has(object.metadata.annotations) && 'mlflow-gateway.io/container' in object.metadata.annotations && c.name == object.metadata.annotations['mlflow-gateway.io/container']) ||
    (has(c.image) && string(c.image).lowerAscii().contains('mlflow'))) &&
    !{{ include "mlflow-gateway.celLine" "c" | nindent 4 }}
    .matches('(^|[ /])mlflow([.]cli|[.]__main__)?( --env-file[= ][^ ]+)? [a-z][a-z-]*( |$)'))
{{- end -}}

{{/* The pod's annotations, and the container and port that they name. */}}
{{- define "mlflow-gateway.celAnnotations" -}}
- name: annotations
  expression: "has(object.metadata.annotations) ? object.metadata.annotations : {}"
- name: annotatedPort
  expression: "'mlflow-gateway.io/port' in variables.annotations ? string(variables.annotations['mlflow-gateway.io/port']) : ''"
- name: annotatedPortValid
  expression: variables.annotatedPort.matches('^[1-9][0-9]{0,4}$') && int(variables.annotatedPort) <= 65535
- name: annotatedAllowedPorts
  expression: "'mlflow-gateway.io/allowed-ports' in variables.annotations ? string(variables.annotations['mlflow-gateway.io/allowed-ports']) : ''"
- name: containers
  expression: object.spec.containers.filter(c, c.name != 'mlflow-gateway')
# The name of MLflow's container: the annotated one, else the one with the usual name, else the only one.
- name: name
  expression: >-
    'mlflow-gateway.io/container' in variables.annotations ? string(variables.annotations['mlflow-gateway.io/container']) :
    size(variables.containers) == 1 ? variables.containers[0].name : {{ .Values.injection.container | squote }}
- name: index
  expression: "variables.name == 'mlflow-gateway' ? -1 : object.spec.containers.map(c, c.name).indexOf(variables.name)"
{{- end -}}

{{/* The configuration of MLflow's container (variables.mlflow). */}}
{{- define "mlflow-gateway.celMlflow" -}}
- name: env
  expression: "has(variables.mlflow.env) ? variables.mlflow.env : []"
- name: line
  expression: >-
    {{- include "mlflow-gateway.celLine" "variables.mlflow" | nindent 4 }}
# MLflow's port: the annotated one, else its only one, else the one with a usual name, else the configured one,
# else that of the values. 0 if it is ambiguous.
- name: tcp
  expression: "has(variables.mlflow.ports) ? variables.mlflow.ports.filter(p, !has(p.protocol) || p.protocol == 'TCP') : []"
- name: usual
  expression: variables.tcp.filter(p, has(p.name) && p.name in ['http', 'mlflow'])
- name: portOptions
  expression: variables.line.findAll('(^| )(--port[= ]|-p ?)[0-9]+').map(w, w.find('[0-9]+$'))
- name: configuredPorts
  expression: >-
    (size(variables.portOptions) > 0 ? variables.portOptions :
    {{ include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "MLFLOW_PORT") }})
    .filter(p, p.matches('^[1-9][0-9]{0,4}$'))
- name: port
  expression: >-
    variables.annotatedPort != '' ? (variables.annotatedPortValid ? int(variables.annotatedPort) : 0) :
    size(variables.tcp) == 1 ? int(variables.tcp[0].containerPort) :
    size(variables.tcp) > 1 ? (size(variables.usual) == 1 ? int(variables.usual[0].containerPort) : 0) :
    size(variables.configuredPorts) == 0 ? {{ .Values.injection.port }} :
    variables.configuredPorts.all(p, p == variables.configuredPorts[0]) ? int(variables.configuredPorts[0]) : 0
# The hosts that MLflow accepts, as text. Options win over the variable (Click's order).
- name: hostOptions
  expression: variables.line.replace(', ', ',').findAll('(^| )--allowed-hosts[= ][^ ]+').map(w, w.find('[^= ]+$'))
- name: hostVariable
  expression: >-
    {{- include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "MLFLOW_SERVER_ALLOWED_HOSTS") | nindent 4 }}
- name: hostList
  expression: >-
    size(variables.hostOptions) > 0 ? string(variables.hostOptions[size(variables.hostOptions) - 1]) :
    size(variables.hostVariable) > 0 ? string(variables.hostVariable[size(variables.hostVariable) - 1]) : ''
- name: hostListClear
  expression: "!variables.hostList.matches('[$`]') && variables.hostOptions.all(o, o == variables.hostList)"
- name: hosts
  expression: "variables.hostList.split(',').map(h, h.trim()).filter(h, h != '')"
# MLflow's path prefix.
- name: prefixOptions
  expression: variables.line.findAll('(^| )--static-prefix[= ][^ ]+').map(w, w.find('[^= ]+$'))
- name: prefixes
  expression: >-
    (size(variables.prefixOptions) > 0 ? variables.prefixOptions :
    {{ include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "MLFLOW_STATIC_PREFIX") }})
    .filter(p, p != '')
- name: prefix
  expression: "size(variables.prefixes) > 0 ? string(variables.prefixes[size(variables.prefixes) - 1]) : ''"
- name: prefixClear
  expression: >-
    variables.prefixes.all(p, p == variables.prefix) &&
    (variables.prefix == '' || variables.prefix.matches('^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$'))
{{- end -}}

{{/*
Whether MLflow's list, if there is one, accepts a host (a CEL expression). As in MLflow, an entry with `*` is an fnmatch pattern, any other must
be equal (mlflow/server/security_utils.py). Entries with other characters match no host here.
*/}}
{{- define "mlflow-gateway.celHostFits" -}}
variables.hosts.exists(h, h == '*' || h == {{ . }} || (h.contains('*') && h.matches('^[A-Za-z0-9._:*?-]+$') &&
{{ . }}.matches('^(' + h.replace('.', '[.]').replace('*', '.*').replace('?', '.') + ')$')))
{{- end -}}

{{/* The TCP ports of pods that the release's NetworkPolicy opens to callers, as JSON; empty without a NetworkPolicy. */}}
{{- define "mlflow-gateway.openPorts" -}}
{{- $ports := list -}}
{{- if .Values.networkPolicy.enabled -}}
{{- $ports = list (int .Values.injection.port) -}}
{{- range .Values.networkPolicy.sidecarPorts -}}
{{- $ports = append $ports (int .) -}}
{{- end -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}
