{{- define "shearline.podSpec" -}}
{{- with include "shearline.pullSecrets" . | fromYamlArray -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{ end -}}
serviceAccountName: {{ include "shearline.serviceAccountName" . }}
automountServiceAccountToken: {{ .Values.serviceAccount.automount }}
enableServiceLinks: {{ .Values.enableServiceLinks }}
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with include "shearline.securityContext" (dict "root" . "context" .Values.podSecurityContext) | fromYaml }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.hostNetwork }}
hostNetwork: true
{{- end }}
{{- if include "shearline.isSet" .Values.hostUsers }}
hostUsers: {{ .Values.hostUsers }}
{{- end }}
{{- with default (ternary "ClusterFirstWithHostNet" "" .Values.hostNetwork) .Values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- range $field := list "dnsConfig" "hostAliases" "priorityClassName" "runtimeClassName" "schedulerName" "affinity" "tolerations" }}
{{- with get $.Values $field }}
{{- toYaml (dict $field .) | nindent 0 }}
{{- end }}
{{- end }}
{{- with mergeOverwrite (dict) .Values.global.nodeSelector .Values.nodeSelector }}
nodeSelector:
  {{- include "shearline.strings" . | nindent 2 }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  {{- $added := ternary (dict) (include "shearline.spread" $ | fromYaml) (hasKey . "labelSelector") }}
  - {{ toYaml (merge $added .) | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- with .Values.extraInitContainers }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - {{ include "shearline.container" . | nindent 4 | trim }}
  {{- with .Values.extraContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with include "shearline.volumes" . | fromYamlArray }}
volumes:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Pods of one ReplicaSet are spread, so that a new one is not kept away by those that it replaces. */}}
{{- define "shearline.spread" -}}
labelSelector:
  matchLabels:
    {{- include "shearline.selectorLabels" . | nindent 4 }}
matchLabelKeys: [pod-template-hash]
{{- end -}}

{{- define "shearline.container" -}}
name: {{ .Chart.Name }}
image: {{ include "shearline.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  {{- include "shearline.args" . | trim | nindent 2 }}
{{- with include "shearline.env" . | fromYamlArray }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: health
    containerPort: {{ .Values.health.port }}
  - name: metrics
    containerPort: {{ .Values.metrics.port }}
{{- include "shearline.probe" (dict "name" "startupProbe" "path" "/livez" "probe" .Values.startupProbe) }}
{{- include "shearline.probe" (dict "name" "livenessProbe" "path" "/livez" "probe" .Values.livenessProbe) }}
{{- include "shearline.probe" (dict "name" "readinessProbe" "path" "/readyz" "probe" .Values.readinessProbe) }}
{{- with .Values.lifecycle }}
lifecycle:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "shearline.securityContext" (dict "root" . "context" .Values.securityContext) | fromYaml }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "shearline.mounts" . | fromYamlArray }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "shearline.probe" -}}
{{- if .probe.enabled }}
{{ .name }}:
  httpGet: {path: {{ .path }}, port: health}
  {{- range $field, $value := omit .probe "enabled" }}
  {{- if include "shearline.isSet" $value }}
  {{ $field }}: {{ $value }}
  {{- end }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "shearline.args" -}}
- controller
- --health-address={{ .Values.bindAddress }}:{{ .Values.health.port }}
- --metrics-address={{ .Values.bindAddress }}:{{ .Values.metrics.port }}
{{- with .Values.scope.namespaces }}
- --namespaces={{ join "," . }}
{{- end }}
{{- if eq (include "shearline.clusterSources" .) "false" }}
- --cluster-sources=false
{{- end }}
{{- if eq (include "shearline.clusterReferences" .) "true" }}
- --cluster-references
{{- end }}
{{- if .Values.rotation.enabled }}
- --rotation
{{- end }}
{{- if ne .Values.driftDetection "watch" }}
- --drift-detection={{ .Values.driftDetection }}
{{- end }}
{{- if .Values.metrics.auth }}
- --metrics-auth=true
{{- end }}
- --leader-elect={{ .Values.leaderElection.enabled }}
- --lease-name={{ include "shearline.leaseName" . }}
{{- range $name, $value := .Values.config }}
{{- $text := ternary (join "," $value) (include "shearline.text" $value) (kindIs "slice" $value) }}
{{- if and (include "shearline.isSet" $value) (ne $text "") }}
- {{ printf "--%s=%s" (kebabcase $name) $text | quote }}
{{- end }}
{{- end }}
{{- if kindIs "map" .Values.extraArgs }}
{{- range $name, $value := .Values.extraArgs }}
- {{ printf "--%s=%s" $name (include "shearline.text" $value) | quote }}
{{- end }}
{{- else }}
{{- range .Values.extraArgs }}
- {{ quote . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "shearline.env" -}}
{{- if .Values.caBundle.configMap }}
- name: NODE_EXTRA_CA_CERTS
  value: {{ printf "/etc/shearline/ca/%s" .Values.caBundle.key | quote }}
{{- end }}
{{- with .Values.proxy.https }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with .Values.proxy.noProxy }}
- name: NO_PROXY
  value: {{ . | quote }}
{{- end }}
{{- range .Values.extraEnv }}
- {{ toYaml (ternary (merge (dict "value" (tpl (include "shearline.text" .value) $)) .) . (hasKey . "value")) | nindent 2 | trim }}
{{- end }}
{{- end -}}

{{- define "shearline.mounts" -}}
{{- if .Values.caBundle.configMap }}
- {name: ca-bundle, mountPath: /etc/shearline/ca, readOnly: true}
{{- end }}
{{- range $index, $token := .Values.projectedTokens }}
- name: token-{{ $index }}
  mountPath: {{ $token.mountPath | quote }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end -}}

{{- define "shearline.volumes" -}}
{{- with .Values.caBundle.configMap }}
- name: ca-bundle
  configMap:
    name: {{ . }}
    items: [{key: {{ quote $.Values.caBundle.key }}, path: {{ quote $.Values.caBundle.key }}}]
{{- end }}
{{- range $index, $token := .Values.projectedTokens }}
- name: token-{{ $index }}
  projected:
    sources:
      - serviceAccountToken:
          audience: {{ $token.audience | quote }}
          path: {{ default "token" $token.file | quote }}
          expirationSeconds: {{ default 3600 $token.expirationSeconds }}
{{- end }}
{{- with .Values.extraVolumes }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end -}}
