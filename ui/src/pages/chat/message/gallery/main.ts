// Everything a transcript can show, on one page; only for those who work on it. `vite` serves it at
// /src/pages/chat/message/gallery/, `e2e/scroll.mjs` measures with it; the product does not contain it.
import '../../../../styles/base.css';
import { mount } from 'svelte';
import { startLanguage } from '$i18n';
import Gallery from './Gallery.svelte';

await startLanguage();
const target = document.querySelector('#app');
if (target) mount(Gallery, { target });
