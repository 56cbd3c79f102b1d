{{/*
Settings as environment variables: everything that is not secret. A dot in a setting's path is two
underscores in the variable, so `grpc.listen` is KULANZ__GRPC__LISTEN.
*/}}
{{- define "kulanz.settings" -}}
KULANZ__GRPC__LISTEN: {{ printf "0.0.0.0:%v" .Values.grpc.port | quote }}
KULANZ__GRPC__REFLECTION: {{ .Values.grpc.reflection | quote }}
KULANZ__PORTAL__LISTEN: 0.0.0.0:8080
KULANZ__PORTAL__BASE_URL: {{ .Values.portal.baseUrl | quote }}
KULANZ__INBOX__LISTEN: 127.0.0.1:8081
KULANZ__AUTH__KEYS: /etc/kulanz/keys
KULANZ__AUTH__AUDIENCE: {{ .Values.keys.audience | quote }}
{{- with .Values.telemetry.otlpEndpoint }}
KULANZ__TELEMETRY__MODE: otlp
KULANZ__TELEMETRY__ENDPOINT: {{ . | quote }}
{{- end }}
{{- with .Values.smtp }}
{{- if .host }}
KULANZ__CHANNELS__EMAIL: smtp
KULANZ__CHANNELS__SMTP__HOST: {{ .host | quote }}
KULANZ__CHANNELS__SMTP__PORT: {{ .port | quote }}
KULANZ__CHANNELS__SMTP__TLS: {{ .tls }}
KULANZ__CHANNELS__SMTP__FROM: {{ .from | quote }}
{{- end }}
{{- end }}
{{- $suffix := ternary "-headless" "" (eq .Values.grpc.clientLoadBalancing "dns") }}
{{- range $name, $service := .Values.services }}
{{- if and $service.enabled (ne $name "portal") }}
KULANZ__SERVICES__{{ upper $name }}: {{ printf "http://%s-%s%s.%s.svc:%v" (include "kulanz.fullname" $) $name $suffix $.Release.Namespace $.Values.grpc.port }}
{{- end }}
{{- end }}
{{- range $path, $value := .Values.settings }}
KULANZ__{{ $path | upper | replace "." "__" }}: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{/* What a service reads from secrets. Call with (dict "root" $ "component" NAME). */}}
{{- define "kulanz.secretEnvironment" -}}
{{- if eq .component "portal" -}}
[]
{{- else -}}
{{- $database := .root.Values.database.existingSecret -}}
- name: KULANZ__DATABASE__BACKEND
  value: postgres
{{ include "kulanz.secretVariable" (list "KULANZ__DATABASE__URL" $database .component) }}
{{ include "kulanz.secretVariable" (list "KULANZ__DATABASE__SYSTEM_URL" $database (printf "%s-system" .component)) }}
{{ include "kulanz.secretVariable" (list "KULANZ__REDIS__URL" .root.Values.redis.existingSecret "url") }}
{{- if and (eq .component "messaging") .root.Values.smtp.existingSecret }}
{{ include "kulanz.secretVariable" (list "KULANZ__CHANNELS__SMTP__USERNAME" .root.Values.smtp.existingSecret "username") }}
{{ include "kulanz.secretVariable" (list "KULANZ__CHANNELS__SMTP__PASSWORD" .root.Values.smtp.existingSecret "password") }}
{{- end }}
{{- end -}}
{{- end -}}
