{{/* A name of at most 63 characters; a longer one keeps its beginning, and a hash tells it from others that begin so. */}}
{{- define "shearline.fit" -}}
{{- if gt (len .) 63 -}}
{{ printf "%s-%s" (. | trunc 54 | trimSuffix "-") (sha256sum . | trunc 8) }}
{{- else -}}
{{ . | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "shearline.chartName" -}}
{{ default .Chart.Name .Values.nameOverride }}
{{- end -}}

{{- define "shearline.fullname" -}}
{{- $name := include "shearline.chartName" . -}}
{{- if .Values.fullnameOverride -}}
{{ include "shearline.fit" .Values.fullnameOverride }}
{{- else if contains $name .Release.Name -}}
{{ include "shearline.fit" .Release.Name }}
{{- else -}}
{{ include "shearline.fit" (printf "%s-%s" .Release.Name $name) }}
{{- end -}}
{{- end -}}

{{- define "shearline.namespace" -}}
{{ default .Release.Namespace .Values.namespaceOverride }}
{{- end -}}

{{- define "shearline.serviceAccountName" -}}
{{- if .Values.serviceAccount.name -}}
{{ .Values.serviceAccount.name }}
{{- else if .Values.serviceAccount.create -}}
{{ include "shearline.fullname" . }}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{/* What never changes in the life of a release: selectors cannot. */}}
{{- define "shearline.selectorLabels" -}}
app.kubernetes.io/name: {{ include "shearline.chartName" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end -}}

{{/* A scalar as text. Helm holds whole numbers as floats, which Go writes as 1.2345678e+07. */}}
{{- define "shearline.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{ int64 . }}
{{- else -}}
{{ toString . }}
{{- end -}}
{{- end -}}

{{/* Values of labels and annotations are strings, whatever YAML made of them. */}}
{{- define "shearline.strings" -}}
{{- $strings := dict -}}
{{- range $key, $value := . -}}
{{- $_ := set $strings $key (include "shearline.text" $value) -}}
{{- end -}}
{{- toYaml $strings -}}
{{- end -}}

{{/*
Metadata of an object. Takes root, and of these what it needs: base (of the name, instead of the full one), suffix (of the
name), namespace, cluster (true: it has no namespace), labels, annotations.
*/}}
{{- define "shearline.metadata" -}}
{{- $root := .root -}}
name: {{ include "shearline.objectName" . }}
{{- if not .cluster }}
namespace: {{ default (include "shearline.namespace" $root) .namespace }}
{{- end }}
labels:
  {{- include "shearline.labels" (dict "root" $root "labels" .labels) | nindent 2 }}
{{- with .annotations }}
annotations:
  {{- include "shearline.strings" . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "shearline.objectName" -}}
{{ include "shearline.fit" (printf "%s%s" (default (include "shearline.fullname" .root) .base) (default "" .suffix)) }}
{{- end -}}

{{/* Those of the chart win over commonLabels, and what the user says of this object over both, but for the selector's. */}}
{{- define "shearline.labels" -}}
{{- $ours := include "shearline.selectorLabels" .root | fromYaml -}}
{{- $standard := dict
  "app.kubernetes.io/version" (.root.Chart.AppVersion | toString)
  "app.kubernetes.io/managed-by" .root.Release.Service
  "app.kubernetes.io/part-of" "shearline"
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63) -}}
{{- include "shearline.strings" (mergeOverwrite (dict) .root.Values.commonLabels $standard (default (dict) .labels) $ours) }}
{{- end -}}

{{/* A digest says exactly what is meant, so it wins over a tag. */}}
{{- define "shearline.image" -}}
{{- $image := .Values.image -}}
{{- $registry := default $image.registry .Values.global.imageRegistry -}}
{{- $repository := ternary (printf "%s/%s" $registry $image.repository) $image.repository (ne $registry "") -}}
{{- if $image.digest -}}
{{ printf "%s@%s" $repository $image.digest }}
{{- else -}}
{{ printf "%s:%s" $repository (include "shearline.text" (default .Chart.AppVersion $image.tag)) }}
{{- end -}}
{{- end -}}

{{- define "shearline.pullSecrets" -}}
{{- $names := list -}}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets -}}
{{- $names = append $names (ternary (dict "name" .) . (kindIs "string" .)) -}}
{{- end -}}
{{- uniq $names | toYaml -}}
{{- end -}}

{{/* The security context of pod or container, without what OpenShift gives to each namespace. */}}
{{- define "shearline.securityContext" -}}
{{- $isOpenshift := .root.Capabilities.APIVersions.Has "security.openshift.io/v1" -}}
{{- $wanted := .root.Values.openshift -}}
{{- $drop := or (eq $wanted "always") (and (eq $wanted "auto") $isOpenshift) -}}
{{- ternary (omit .context "runAsUser" "runAsGroup" "fsGroup") .context $drop | toYaml }}
{{- end -}}

{{- define "shearline.leaseName" -}}
{{ default (include "shearline.fullname" .) .Values.leaderElection.leaseName }}
{{- end -}}

{{/* Not set: neither 0 nor false nor "", which mean something. */}}
{{- define "shearline.isSet" -}}
{{- if not (kindIs "invalid" .) }}true{{ end -}}
{{- end -}}
