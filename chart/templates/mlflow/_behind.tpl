{{/*
Adds the facts from MLflow's Service, pods and workloads to `found`, and `problems`; as JSON.
Called with (dict "root" $ "found" ... "service" <the Service>).
*/}}
{{- define "mlflow-gateway.behindService" -}}
{{- $root := .root -}}
{{- $f := .found -}}
{{- $v := $root.Values.mlflow -}}
{{- $locks := $root.Values.networkPolicy.enabled -}}
{{- $name := .service.metadata.name -}}
{{- $spec := .service.spec -}}
{{- $problems := list -}}
{{- $selector := default dict (get $spec "selector") -}}
{{- $_ := set $f "selector" $selector -}}
{{- $_ := set $f "serviceType" $spec.type -}}

{{- /* Its port. */ -}}
{{- $ports := list -}}
{{- $said := list -}}
{{- range default list (get $spec "ports") -}}
{{- if eq (default "TCP" (get . "protocol")) "TCP" -}}
{{- $ports = append $ports . -}}
{{- $said = append $said (printf "%v%s" (int .port) (ternary "" (printf " (%s)" (get . "name")) (empty (get . "name")))) -}}
{{- end -}}
{{- end -}}
{{- $port := dict -}}
{{- if $v.port -}}
{{- range $ports -}}
{{- if eq (int .port) (int $v.port) -}}
{{- $port = . -}}
{{- end -}}
{{- end -}}
{{- if and $ports (not $port) -}}
{{- $problems = append $problems (printf "mlflow.port: MLflow's Service %s has no port %v. It has %s" $name $v.port (join ", " $said)) -}}
{{- end -}}
{{- else if eq (len $ports) 1 -}}
{{- $port = first $ports -}}
{{- else -}}
{{- range $wanted := list $v.scheme "mlflow" "http-mlflow" "tracking" -}}
{{- range $ports -}}
{{- if and (not $port) (eq (toString (get . "name")) $wanted) -}}
{{- $port = . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not $port -}}
{{- $problems = append $problems (printf "mlflow.port: MLflow's Service %s has %s. Set it to MLflow's port" $name (ternary "no ports" (printf "the ports %s" (join ", " $said)) (empty $ports))) -}}
{{- end -}}
{{- end -}}
{{- if $port -}}
{{- $_ := set $f "port" (int $port.port) -}}
{{- if and (eq (toString (get $port "name")) "https") (eq $v.scheme "http") -}}
{{- $problems = append $problems (printf "mlflow.scheme: the port %v of MLflow's Service %s is https. Set mlflow.scheme=https, and certificateAuthorities.mlflow if a private authority has signed its certificate" (int $port.port) $name) -}}
{{- end -}}
{{- end -}}

{{- /* Its pods, the pods that the labels select, and their workloads. */ -}}
{{- $behind := list -}}
{{- $key := include "mlflow-gateway.look" (dict "root" $root "apiVersion" "v1" "kind" "Pod" "namespace" $f.namespace) -}}
{{- $look := get $root.MlflowLookups $key -}}
{{- $living := list -}}
{{- range $look.items -}}
{{- if not (or (has (toString (get (default dict (get . "status")) "phase")) (list "Succeeded" "Failed")) (hasKey .metadata "deletionTimestamp")) -}}
{{- $living = append $living . -}}
{{- if include "mlflow-gateway.fits" (dict "want" $selector "have" (get .metadata "labels")) -}}
{{- $behind = append $behind . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $makers := list -}}
{{- range include "mlflow-gateway.workloads" (dict "root" $root "namespace" $f.namespace) | fromJsonArray -}}
{{- if include "mlflow-gateway.fits" (dict "want" $selector "have" (get (default dict .template.metadata) "labels")) -}}
{{- $makers = append $makers . -}}
{{- end -}}
{{- end -}}
{{- if $makers -}}
{{- $maker := first $makers -}}
{{- $_ := set $f "workload" (dict "kind" $maker.kind "name" $maker.metadata.name "metadata" $maker.metadata) -}}
{{- $_ := set $f "server" (include "mlflow-gateway.mlflowServer" (dict "root" $root "namespace" $f.namespace "spec" $maker.template.spec) | fromJson) -}}
{{- end -}}
{{- /* Pod templates represent pods that do not exist (yet): both have metadata and spec. */ -}}
{{- $samples := $behind -}}
{{- if not $samples -}}
{{- range $makers -}}
{{- $samples = append $samples .template -}}
{{- end -}}
{{- end -}}

{{- /* The port of the pods. */ -}}
{{- $target := default (get $port "port") (get $port "targetPort") -}}
{{- $numbers := list -}}
{{- if and $port (not (kindIs "string" $target)) -}}
{{- $numbers = list (int $target) -}}
{{- else if $port -}}
{{- range $samples -}}
{{- $containers := .spec.containers -}}
{{- range default list (get .spec "initContainers") -}}
{{- if eq (toString (get . "restartPolicy")) "Always" -}}
{{- $containers = append $containers . -}}
{{- end -}}
{{- end -}}
{{- range $containers -}}
{{- range default list (get . "ports") -}}
{{- if and (eq (toString (get . "name")) $target) (eq (default "TCP" (get . "protocol")) "TCP") -}}
{{- $numbers = append $numbers (int .containerPort) | uniq -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not $v.podPort -}}
{{- if eq (len $numbers) 1 -}}
{{- $_ := set $f "podPort" (first $numbers) -}}
{{- else if and $port $locks -}}
{{- $problems = append $problems (printf "mlflow.podPort: MLflow's Service %s leads to the port named %s, %s. Set it to the number of the port that MLflow listens on" $name $target (ternary "which no pod and no Deployment or StatefulSet behind it declares" (printf "which its pods declare as %s" (join ", " $numbers)) (empty $numbers))) -}}
{{- end -}}
{{- else if and (eq (len $numbers) 1) (ne (int $v.podPort) (int (first $numbers))) -}}
{{- $problems = append $problems (printf "mlflow.podPort: is %v, and MLflow's Service %s leads to port %v of its pods. Set it to that, or leave it empty" $v.podPort $name (first $numbers)) -}}
{{- end -}}
{{- /* A headless Service has the addresses of its pods, and no port of its own. */ -}}
{{- if and (eq (toString (get $spec "clusterIP")) "None") (not $v.port) $f.podPort -}}
{{- $_ := set $f "port" (int $f.podPort) -}}
{{- end -}}

{{- if $locks -}}
{{- /* The labels that close them. */ -}}
{{- if not $v.podLabels -}}
{{- if not $selector -}}
{{- $problems = append $problems (printf "mlflow.service: the Service %s has no selector%s, so a NetworkPolicy cannot close its pods. Close MLflow by other means on its host, and set networkPolicy.enabled=false; or set mlflow.podLabels to the labels of its pods, if it has any in the namespace %s" $name (ternary " (ExternalName)" "" (eq $spec.type "ExternalName")) $f.namespace) -}}
{{- else if and (eq (toString $f.before.service) $name) $f.before.podLabels (ne (toJson $f.before.podLabels) (toJson $selector)) -}}
{{- $problems = append $problems (printf "mlflow.podLabels: this release closes pods with %s, and MLflow's Service %s now selects %s. Set mlflow.podLabels to the labels of the pods to close from now on" (toJson $f.before.podLabels) $name (toJson $selector)) -}}
{{- end -}}
{{- $_ := set $f "podLabels" $selector -}}
{{- end -}}
{{- $names := list -}}
{{- $bystanders := list -}}
{{- range $living -}}
{{- if include "mlflow-gateway.fits" (dict "want" $f.podLabels "have" (get .metadata "labels")) -}}
{{- $names = append $names .metadata.name -}}
{{- if and $selector (not (include "mlflow-gateway.fits" (dict "want" $selector "have" (get .metadata "labels")))) -}}
{{- $bystanders = append $bystanders .metadata.name -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set $f "pods" $names -}}
{{- $_ := set $f "bystanders" $bystanders -}}
{{- $open := dict -}}
{{- $onNode := "" -}}
{{- range $samples -}}
{{- $labels := get (default dict .metadata) "labels" -}}
{{- if not (include "mlflow-gateway.fits" (dict "want" $f.podLabels "have" $labels)) -}}
{{- $open = dict "name" (default "that are to come" (get .metadata "name")) "labels" (include "mlflow-gateway.steadyLabels" $labels) -}}
{{- end -}}
{{- if get .spec "hostNetwork" -}}
{{- $onNode = default $name (get .metadata "name") -}}
{{- end -}}
{{- end -}}
{{- if and $open $f.podLabels -}}
{{- $problems = append $problems (printf "mlflow.podLabels: %s does not select all pods of MLflow's Service %s, which would stay open. Leave it empty, for the Service's own selector %s; or choose among the labels that the pods have (%s): %s" (toJson $f.podLabels) $name (toJson $selector) $open.name $open.labels) -}}
{{- end -}}
{{- if and $v.podLabels (not $selector) (not $names) -}}
{{- $problems = append $problems (printf "mlflow.podLabels: %s selects no pod in the namespace %s, and MLflow's Service %s has no selector. Nothing would be closed: set mlflow.podLabels to the labels of MLflow's pods; or close MLflow by other means, and set networkPolicy.enabled=false" (toJson $f.podLabels) $f.namespace $name) -}}
{{- end -}}
{{- if $onNode -}}
{{- $problems = append $problems (printf "networkPolicy.enabled: MLflow's pods (%s) have hostNetwork, to which NetworkPolicies do not apply. Remove hostNetwork from MLflow; or close MLflow by other means, and set networkPolicy.enabled=false" $onNode) -}}
{{- end -}}
{{- $subjects := list -}}
{{- range $samples -}}
{{- $subjects = append $subjects (default dict (get (default dict .metadata) "labels")) -}}
{{- end -}}
{{- $policies := include "mlflow-gateway.otherPolicies" (dict "root" $root "namespace" $f.namespace "subjects" (default (list $f.podLabels) $subjects)) | fromJsonArray -}}
{{- $_ := set $f "policies" $policies -}}
{{- range $policies -}}
{{- if not .accepted -}}
{{- $problems = append $problems .problem -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set $f "problems" $problems -}}
{{- toJson $f -}}
{{- end -}}
