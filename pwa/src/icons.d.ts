declare module '*.svg?path' {
  const path: string;
  export default path;
}
