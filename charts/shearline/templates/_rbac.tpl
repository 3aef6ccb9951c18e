{{/* A Role, or a ClusterRole, and its binding to the operator: rules, and what shearline.metadata takes. */}}
{{- define "shearline.role" -}}
{{- $kind := ternary "ClusterRole" "Role" (default false .cluster) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  {{- include "shearline.metadata" . | nindent 2 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  {{- include "shearline.metadata" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ include "shearline.objectName" . }}
subjects:
  - kind: ServiceAccount
    name: {{ include "shearline.serviceAccountName" .root }}
    namespace: {{ include "shearline.namespace" .root }}
{{- end -}}

{{/* Its own Lease, by name; RBAC cannot name what is to be created. */}}
{{- define "shearline.lease" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, list, watch, update, patch]
  resourceNames: [{{ include "shearline.leaseName" . }}]
{{- end -}}

{{/* Minting tokens: for all ServiceAccounts, for those that are named, or not at all. */}}
{{- define "shearline.tokenRules" -}}
{{- $rules := list -}}
{{- with .root.Values.rbac.tokens -}}
{{- if .create -}}
{{- $named := ternary (dict "resourceNames" .serviceAccounts) dict (gt (len .serviceAccounts) 0) -}}
{{- range $.rules -}}
{{- $rules = append $rules (merge (dict) $named .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}

{{/* "true" or "false": with the whole cluster unless the value says otherwise. */}}
{{- define "shearline.clusterSources" -}}
{{- $value := .Values.scope.clusterSources -}}
{{- ternary $value (empty .Values.scope.namespaces) (kindIs "bool" $value) -}}
{{- end -}}

{{/* "true" or "false"; a mistake is better told here than by pods that do not start. */}}
{{- define "shearline.clusterReferences" -}}
{{- if and .Values.scope.clusterReferences .Values.scope.namespaces -}}
{{- fail "scope.clusterReferences needs the whole cluster: leave scope.namespaces empty" -}}
{{- end -}}
{{- .Values.scope.clusterReferences -}}
{{- end -}}
