import { mount } from 'svelte';
import App from './App.svelte';
import { startLanguage } from './i18n';
import { gateway } from './lib/gateway/index.svelte';
import './styles/base.css';

// First of all: a secret in the address must be gone before anything can read or keep the address.
gateway.start();

const target = document.getElementById('app');
if (target) {
  // Without the fetched language English shows; no reason to show nothing.
  await startLanguage().catch(() => undefined);
  mount(App, { target });
}
