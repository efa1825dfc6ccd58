import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

// The check runs from the repository's root with this file named, so that the core's worker is linted by one law.
export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'pwa/src/wasm/**', 'pwa/public/**'] },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.worker.json', './tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `return tell(word)` in a switch says "and that is all"; nothing is lost by it.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // The type library promises what the newest browser has; an old phone at the door may well not.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_$', varsIgnorePattern: '^_$' }],
      // `Theme | string` tells a reader what is expected and that a newer core may say more.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      // Maps here remember things on the side; what a screen shows is always a rune.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['**/*.svelte'],
    rules: {
      // Links are fragments of one page here, there is no server-side router to resolve them with.
      'svelte/no-navigation-without-resolve': 'off',
      // The linter does not see through generic components; svelte-check does and guards the same ground.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
    },
  },
  { files: ['**/*.js'], ...ts.configs.disableTypeChecked },
);
