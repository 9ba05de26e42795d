// The words of a failure for people. Errors of the gateway name the field or the fix already.
import { t } from '$i18n';

export function errorText(error: unknown): string {
  if (typeof error === 'string' && error) return error;
  if (error instanceof Error && error.message) {
    const text = error.message;
    return text.charAt(0).toUpperCase() + text.slice(1);
  }
  return t.shell.unknownError;
}
