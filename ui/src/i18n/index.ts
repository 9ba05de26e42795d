export {
  language,
  languages,
  loadTexts,
  setLanguage,
  startLanguage,
  t,
  type Language,
} from './language.svelte';
