-- Images of READMEs are shown as the hub's setting allows it, also those of READMEs that were there before it was changed.
CREATE TRIGGER readme_images_follow_new_setting AFTER INSERT ON hub_settings WHEN new.name = 'readmeImageHosts' BEGIN UPDATE readmes SET renderer = '' WHERE images = 1; END;
CREATE TRIGGER readme_images_follow_setting AFTER UPDATE OF value ON hub_settings WHEN new.name = 'readmeImageHosts' BEGIN UPDATE readmes SET renderer = '' WHERE images = 1; END;
CREATE TRIGGER readme_images_follow_no_setting AFTER DELETE ON hub_settings WHEN old.name = 'readmeImageHosts' BEGIN UPDATE readmes SET renderer = '' WHERE images = 1; END;
