{{/* MLflow's own authentication, for which the gateway has no credentials. The names are the apps that mlflow and mlflow-oidc-auth register. */}}
{{- define "mlflow-gateway.guard.signIn" -}}
- name: explicit
  expression: variables.line.matches('{{ include "mlflow-gateway.serverPattern" . }}')
- name: authApp
  expression: variables.line.find('(^| )--app-name[= ](basic-auth|oidc-auth|oidc-auth-fastapi)( |$)|mlflow[.]server[.]auth[^ ]*|mlflow_oidc_auth[^ ]*|mlflow-oidc-server').trim()
- name: authVariables
  expression: "variables.explicit ? [] : variables.env.filter(e, has(e.valueFrom) || (has(e.value) && e.value != '')).map(e, e.name).filter(n, n.startsWith('MLFLOW_AUTH_') || n.startsWith('OIDC_'))"
- name: signInProblems
  expression: >-
    !variables.known || (variables.authApp == '' && size(variables.authVariables) == 0) ? [] : [
      "MLflow requires its own credentials (" + (variables.authApp != '' ? variables.authApp : variables.authVariables[0]) + "): turn that off (auth.enabled, ldapAuth.enabled, oidcAuth.enabled of community-charts/mlflow; server.value_options.app_name of MLflow's chart); the gateway signs people in."
    ]
{{- end -}}
