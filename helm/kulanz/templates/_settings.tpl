{{/*
Settings as environment variables: everything that is not secret. A dot in a setting's path is two
underscores in the variable, so `grpc.port` is KULANZ_GRPC__PORT.
*/}}
{{- define "kulanz.settings" -}}
KULANZ_MODE: production
KULANZ_GRPC__LISTEN: {{ printf "0.0.0.0:%v" .Values.grpc.port | quote }}
KULANZ_PORTAL__LISTEN: 0.0.0.0:8080
KULANZ_KEYS__FOLDER: /etc/kulanz/keys
{{- with .Values.telemetry.otlpEndpoint }}
KULANZ_TELEMETRY__OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- $suffix := ternary "-headless" "" (eq .Values.grpc.clientLoadBalancing "dns") }}
{{- range $name, $service := .Values.services }}
{{- if and $service.enabled (ne $name "portal") }}
KULANZ_SERVICES__{{ upper $name }}: {{ printf "http://%s-%s%s.%s.svc:%v" (include "kulanz.fullname" $) $name $suffix $.Release.Namespace $.Values.grpc.port }}
{{- end }}
{{- end }}
{{- range $path, $value := .Values.settings }}
KULANZ_{{ $path | upper | replace "." "__" }}: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{/* What a service reads from secrets. Call with (dict "root" $ "component" NAME). */}}
{{- define "kulanz.secretEnvironment" -}}
{{- if ne .component "portal" -}}
{{ include "kulanz.secretVariable" (list "KULANZ_DATABASE__URL" .root.Values.database.existingSecret .component) }}
{{ include "kulanz.secretVariable" (list "KULANZ_REDIS__URL" .root.Values.redis.existingSecret "url") }}
{{- else -}}
[]
{{- end -}}
{{- end -}}
