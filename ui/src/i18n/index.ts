export { language, languages, setLanguage, startLanguage, t, type Language } from './language.svelte';
