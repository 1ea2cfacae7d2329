window.loaded = 'loaded';
