// Runs before the first paint, so that nobody is startled by a light or a language that is not theirs.
{
  let light = null;
  let locale = null;
  try {
    light = localStorage.getItem('kruispunt.light');
    locale = localStorage.getItem('kruispunt.locale');
  } catch {
    // Storage is forbidden here: the defaults are fine.
  }
  const dark = light === 'dark' || (light !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.light = dark ? 'dark' : 'light';
  if (locale) document.documentElement.lang = locale;
}
