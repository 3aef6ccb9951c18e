{{/* Head of a policy: who matches is decided by its rules, and by namespaceSelector where it has one. Takes root, name. */}}
{{- define "shearline.policyHead" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
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

{{/* The writing of references, in namespaces of a selector; an object that was there before may still be labelled and deleted. */}}
{{- define "shearline.referencesChange" -}}
matchConstraints:
  resourceRules:
    - apiGroups: [shearline.dev]
      apiVersions: ["*"]
      operations: [CREATE, UPDATE]
      resources: [secretreferences]
  namespaceSelector:
    {{- toYaml .namespaceSelector | nindent 4 }}
matchConditions:
  - name: spec-changes
    expression: "oldObject == null || object.spec != oldObject.spec"
{{- end -}}
