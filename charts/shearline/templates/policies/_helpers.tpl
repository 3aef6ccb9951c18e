{{/* Head of a policy: who matches is decided by its rules, and by namespaceSelector where it has one. Takes root, name, kind. */}}
{{- define "shearline.policyHead" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: {{ default "ValidatingAdmissionPolicy" .kind }}
metadata:
  {{- include "shearline.metadata" (dict "root" .root "suffix" (printf "-%s" .name) "cluster" true) | nindent 2 }}
{{- end -}}

{{/* Binds the policy of that name. Takes root, name, actions. */}}
{{- define "shearline.policyBinding" -}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  {{- include "shearline.metadata" (dict "root" .root "suffix" (printf "-%s" .name) "cluster" true) | nindent 2 }}
spec:
  policyName: {{ include "shearline.fit" (printf "%s-%s" (include "shearline.fullname" .root) .name) }}
  validationActions:
    {{- toYaml .actions | nindent 4 }}
{{- end -}}

{{/* CEL: the request is the operator's own. */}}
{{- define "shearline.isOperator" -}}
request.userInfo.username == "system:serviceaccount:{{ include "shearline.namespace" . }}:{{ include "shearline.serviceAccountName" . }}"
{{- end -}}

{{/*
The writing of references, in namespaces of a selector; an object that was there before may still be labelled and deleted.
What the operator writes for a ClusterSecretReference is no wish of the namespace. Takes root, namespaceSelector, and others:
more resources.
*/}}
{{- define "shearline.referencesChange" -}}
matchConstraints:
  resourceRules:
    - apiGroups: [shearline.dev]
      apiVersions: ["*"]
      operations: [CREATE, UPDATE]
      resources: {{ concat (list "secretreferences") (default list .others) | toJson }}
  namespaceSelector:
    {{- toYaml .namespaceSelector | nindent 4 }}
matchConditions:
  - name: spec-changes
    expression: "oldObject == null || object.spec != oldObject.spec"
  {{- if eq (include "shearline.clusterReferences" .root) "true" }}
  - name: by-others-than-the-operator
    expression: {{ printf "!(%s)" (include "shearline.isOperator" .root) | toJson }}
  {{- end }}
{{- end -}}

{{/* In the namespaces that are served: another release may serve others. */}}
{{- define "shearline.servedNamespaces" -}}
{{- with .Values.scope.namespaces }}
namespaceSelector:
  matchExpressions:
    - {key: kubernetes.io/metadata.name, operator: In, values: {{ toJson . }}}
{{- end }}
{{- end -}}

{{/* Pods that ask for a revision. */}}
{{- define "shearline.pinnedPods" -}}
objectSelector:
  matchLabels: {shearline.dev/pinned: "true"}
{{- include "shearline.servedNamespaces" . }}
{{- end -}}

{{/* CEL: names of the Secrets that a pod asks for. */}}
{{- define "shearline.pinAnnotation" -}}
has(object.metadata.annotations) && 'shearline.dev/pin' in object.metadata.annotations ? object.metadata.annotations['shearline.dev/pin'].split(',').map(n, n.trim()).filter(n, n != '') : []
{{- end -}}
