{{/*
Other NetworkPolicies that open pods with the given labels to peers other than a gateway: [{name, what, accepted, problem}], as JSON.
Policies add up: a port that one of them opens, no other can close. Called with (dict "root" $ "namespace" ... "subjects" [labels, ...]).
*/}}
{{- define "mlflow-gateway.otherPolicies" -}}
{{- $root := .root -}}
{{- $namespace := .namespace -}}
{{- $subjects := .subjects -}}
{{- $own := printf "%s-mlflow" (include "mlflow-gateway.fullname" $root) -}}
{{- $found := list -}}
{{- $key := include "mlflow-gateway.look" (dict "root" $root "apiVersion" "networking.k8s.io/v1" "kind" "NetworkPolicy" "namespace" $namespace) -}}
{{- $look := get $root.MlflowLookups $key -}}
{{- range $policy := $look.items -}}
{{- $selects := false -}}
{{- range $subjects -}}
{{- if include "mlflow-gateway.selects" (dict "selector" (get $policy.spec "podSelector") "labels" .) -}}
{{- $selects = true -}}
{{- end -}}
{{- end -}}
{{- $opens := list -}}
{{- if and $selects (ne $policy.metadata.name $own) (has "Ingress" (default (list "Ingress") (get $policy.spec "policyTypes"))) -}}
{{- range default list (get $policy.spec "ingress") -}}
{{- with include "mlflow-gateway.ruleOpens" . -}}
{{- $opens = append $opens . | uniq -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $opens -}}
{{- $name := $policy.metadata.name -}}
{{- $chart := include "mlflow-gateway.mlflowChart" $policy.metadata -}}
{{- $remedy := "Delete it, or have it leave MLflow's pods out" -}}
{{- if eq $chart "official" -}}
{{- $remedy = "Set networkPolicy.enabled=false in the values of MLflow's chart" -}}
{{- end -}}
{{- $what := join "; " $opens -}}
{{- $problem := printf "networkPolicy: the NetworkPolicy %s/%s opens MLflow's pods too, and policies add up: %s. %s; or, if it opens nothing that leads to MLflow, name it in networkPolicy.acceptedPolicies" $namespace $name $what $remedy -}}
{{- $found = append $found (dict "name" $name "what" $what "accepted" (has $name $root.Values.networkPolicy.acceptedPolicies) "problem" $problem) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* The ports and peers, except gateways, that an ingress rule opens, for a sentence; empty if none. */}}
{{- define "mlflow-gateway.ruleOpens" -}}
{{- $ports := list -}}
{{- $tcp := empty (get . "ports") -}}
{{- range default list (get . "ports") -}}
{{- if eq (default "TCP" (get . "protocol")) "TCP" -}}
{{- $tcp = true -}}
{{- $port := default "all" (get . "port") -}}
{{- $end := get . "endPort" -}}
{{- $ports = append $ports (ternary (toString $port) (printf "%v-%v" $port $end) (empty $end)) -}}
{{- end -}}
{{- end -}}
{{- $who := list -}}
{{- range default list (get . "from") -}}
{{- $labels := get (default dict (get . "podSelector")) "matchLabels" -}}
{{- $gateway := include "mlflow-gateway.fits" (dict "want" (dict "app.kubernetes.io/name" "mlflow-gateway") "have" $labels) -}}
{{- /* Only in a named namespace: in any other, any user may set this label on a pod. */ -}}
{{- $named := or (not (hasKey . "namespaceSelector")) (hasKey (default dict (get .namespaceSelector "matchLabels")) "kubernetes.io/metadata.name") -}}
{{- if not (and $gateway $named) -}}
{{- $who = append $who (toJson .) -}}
{{- end -}}
{{- end -}}
{{- if empty (get . "from") -}}
{{- $who = list "everybody" -}}
{{- end -}}
{{- if and $tcp $who -}}
port {{ default "all" (join ", " $ports) }} to {{ join ", " $who | trunc 300 }}
{{- end -}}
{{- end -}}
