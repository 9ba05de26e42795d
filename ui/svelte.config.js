/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  // No preprocessor: the compiler strips types itself, and styles are plain CSS.
  compilerOptions: {
    runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true),
  },
};
