// Runs before the first paint, so that nobody is startled by a light or a language that is not theirs.
{
  const dusk = matchMedia('(prefers-color-scheme: dark)');
  const kept = (what) => {
    try {
      return localStorage.getItem(what);
    } catch {
      // Storage is forbidden here: the defaults are fine.
      return null;
    }
  };
  const shine = () => {
    const light = kept('kruispunt.light');
    const dark = light === 'dark' || (light !== 'light' && dusk.matches);
    document.documentElement.dataset.light = dark ? 'dark' : 'light';
  };
  shine();
  // The evening falls while the app is open as well.
  dusk.addEventListener('change', shine);
  const locale = kept('kruispunt.locale');
  if (locale) {
    document.documentElement.lang = locale;
    document.documentElement.dir = locale === 'ar' ? 'rtl' : 'ltr';
  }
}
