{{- define "collector.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- /* By these a pod is found; they must not change between versions. */ -}}
{{- define "collector.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "collector.labels" -}}
{{ include "collector.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "collector.certs" -}}
{{ .Values.certs.secret | default (printf "%s-certs" (include "collector.name" .)) }}
{{- end }}

{{- define "collector.credentials" -}}
{{ .Values.credentials.secret | default (printf "%s-credentials" (include "collector.name" .)) }}
{{- end }}

{{- /* What would leave the pod without an answer to its probes. The text itself stays as it is: 00001 is no number. */ -}}
{{- define "collector.check" -}}
{{- $config := fromYaml .Values.config }}
{{- if $config.Error }}{{ fail (printf "config is no YAML: %s" $config.Error) }}{{ end }}
{{- $status := dig "globals" "status" dict $config }}
{{- if not (has ($status.address | default "127.0.0.1") (list "0.0.0.0" "::")) }}
{{- fail "config: globals.status.address has to be 0.0.0.0, because the probes come from outside the pod" }}
{{- end }}
{{- if ne (int ($status.port | default 9688)) (int .Values.statusPort) }}
{{- fail (printf "config: globals.status.port is %v, statusPort is %v" $status.port .Values.statusPort) }}
{{- end }}
{{- end }}
