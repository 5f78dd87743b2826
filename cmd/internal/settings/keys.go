package settings

import "strings"

// Key is one row of the table of settings.
type Key struct {
	// Name is the key in the file; flag and variable follow from it.
	Name string
	// Kind says what a value looks like.
	Kind string
	// Default is the value's text where nobody chose.
	Default string
	// Reload says that a running node takes a new value without a restart.
	Reload bool
	// Doc is one sentence or more about it.
	Doc string
	// Section is the heading that it stands under.
	Section string

	value func(*Settings) value
}

// Flag is the key's flag without dashes.
func (k Key) Flag() string { return strings.ReplaceAll(k.Name, "_", "-") }

// Variable is the key's environment variable.
func (k Key) Variable() string { return "TTX_" + strings.ToUpper(k.Name) }

// Text is the key's value in s, without what is secret in it.
func (k Key) Text(s *Settings) string { return k.value(s).text() }

// IsBool reports whether the key is a switch.
func (k Key) IsBool() bool { return k.Kind == kindBool }

// Switch is the flag of a switch that is shown: the one that changes the default.
func (k Key) Switch() string {
	if k.Default == "true" {
		return "no-" + k.Flag()
	}
	return k.Flag()
}

// The kinds of values.
const (
	kindAddress = "HOST:PORT"
	kindText    = "text"
	kindBool    = "true or false"
	kindList    = "list of texts"
	kindPath    = "path"
	kindPaths   = "list of paths"
	kindRate    = "rate (1 MiB/s)"
	kindCount   = "number"
	kindRatio   = "decimal number"
	kindTime    = "time (90m, 2d)"
	kindSpan    = "time of the week"
	kindTables  = "tables"
)

// Keys is the table, in the order of the file.
func Keys() []Key {
	var all []Key
	for _, section := range []struct {
		name string
		keys []Key
	}{
		{"Network", networkKeys()}, {"Privacy", privacyKeys()}, {"Limits", limitKeys()}, {"Queue and goals", queueKeys()},
		{"Files", fileKeys()}, {"Node", nodeKeys()}, {"Sources", sourceKeys()},
	} {
		for _, k := range section.keys {
			k.Section = section.name
			all = append(all, k)
		}
	}
	return all
}

func networkKeys() []Key {
	return []Key{
		{Name: "listen", Kind: kindAddress, Default: ":7478", Doc: "Address that peers connect to; without a host every interface, port 0 picks a free one.",
			value: func(s *Settings) value { return hostPort(&s.Listen) }},
		{Name: "bind", Kind: kindText, Doc: "Interface name or address that everything outgoing and listening is bound to; empty for the system's choice.",
			value: func(s *Settings) value { return text(&s.Bind) }},
		{Name: "dht", Kind: kindBool, Default: "true", Doc: "Find peers through the mainline DHT (BEP 5).",
			value: func(s *Settings) value { return boolean{&s.DHT} }},
		{Name: "bootstrap", Kind: kindList, Doc: "DHT nodes to begin with, HOST:PORT; empty for the well-known public ones.",
			value: func(s *Settings) value { return list{&s.Bootstrap, checkHostPort} }},
		{Name: "pex", Kind: kindBool, Default: "true", Doc: "Exchange addresses with peers (BEP 11).",
			value: func(s *Settings) value { return boolean{&s.PEX} }},
		{Name: "lsd", Kind: kindBool, Default: "true", Doc: "Find peers in the local network (BEP 14).",
			value: func(s *Settings) value { return boolean{&s.LSD} }},
		{Name: "utp", Kind: kindBool, Default: "true", Doc: "Accept uTP (BEP 29) beside TCP.",
			value: func(s *Settings) value { return boolean{&s.UTP} }},
		{Name: "utp_dial", Kind: kindBool, Default: "false", Doc: "Dial over uTP whom TCP did not reach in three seconds; an address where nobody is takes longer then. Holepunch (BEP 55) uses uTP in any case.",
			value: func(s *Settings) value { return boolean{&s.UTPDial} }},
		{Name: "port_mapping", Kind: kindBool, Default: "true", Doc: "Ask the router for a port (UPnP, NAT-PMP).",
			value: func(s *Settings) value { return boolean{&s.PortMapping} }},
		{Name: "trackers", Kind: kindBool, Default: "true", Doc: "Announce to the trackers that torrents name.",
			value: func(s *Settings) value { return boolean{&s.Trackers} }},
		{Name: "webtorrent", Kind: kindBool, Default: "false", Doc: "Announce to WebSocket trackers too, and meet browsers over WebRTC, by a UDP port of its own. Not with a proxy or Tor.",
			value: func(s *Settings) value { return boolean{&s.WebTorrent} }},
	}
}

func privacyKeys() []Key {
	return []Key{
		{Name: "encryption", Kind: "allow, prefer, require or never", Default: "allow",
			Doc:   "Encryption of connections (MSE): allow takes both and dials in plain first, prefer dials encrypted first, require takes nothing else.",
			value: func(s *Settings) value { return choice(&s.Encryption, "allow", "prefer", "require", "never") }},
		{Name: "proxy", Kind: "socks5:// or http:// address",
			Doc:   "Proxy for everything: socks5://USER@HOST:PORT or http://HOST:PORT. Names are resolved there; there is no UDP then.",
			value: func(s *Settings) value { return proxy{&s.Proxy} }},
		{Name: "proxy_password_file", Kind: kindPath, Doc: "File whose first line is the password of the proxy's user.",
			value: func(s *Settings) value { return text(&s.ProxyPasswordFile) }},
		{Name: "tor", Kind: kindAddress, Doc: "Address of Tor's SOCKS5 port, such as 127.0.0.1:9050: everything goes through it, or does not go. No listener, UDP, DHT, LSD or port mapping.",
			value: func(s *Settings) value { return hostPort(&s.Tor) }},
		{Name: "blocklist", Kind: kindPaths, Reload: true, Doc: "Files of addresses that are neither dialled nor let in: p2p, dat or CIDR, plain or gzip.",
			value: func(s *Settings) value { return list{p: &s.Blocklists} }},
	}
}

func limitKeys() []Key {
	return []Key{
		{Name: "limit_up", Kind: kindRate, Default: "none", Reload: true, Doc: "Most bytes a second sent to peers.",
			value: func(s *Settings) value { return rate(&s.LimitUp) }},
		{Name: "limit_down", Kind: kindRate, Default: "none", Reload: true, Doc: "Most bytes a second received from peers.",
			value: func(s *Settings) value { return rate(&s.LimitDown) }},
		{Name: "alt_limit_up", Kind: kindRate, Default: "none", Reload: true, Doc: "The same, while alt_schedule says so.",
			value: func(s *Settings) value { return rate(&s.AltLimitUp) }},
		{Name: "alt_limit_down", Kind: kindRate, Default: "none", Reload: true, Doc: "The same, while alt_schedule says so.",
			value: func(s *Settings) value { return rate(&s.AltLimitDown) }},
		{Name: "alt_schedule", Kind: kindSpan, Reload: true, Doc: "When the alternative limits hold, in local time: \"mon-fri 08:00-18:00\", \"daily 22:00-06:00\"; empty for never.",
			value: func(s *Settings) value { return span(&s.AltSchedule) }},
		{Name: "max_conns", Kind: kindCount, Default: "0", Reload: true, Doc: "Most connections of all torrents; 0 for the engine's default.",
			value: func(s *Settings) value { return count(&s.MaxConns) }},
		{Name: "max_conns_torrent", Kind: kindCount, Default: "0", Reload: true, Doc: "Most connections of one torrent; 0 for the engine's default.",
			value: func(s *Settings) value { return count(&s.MaxConnsTorrent) }},
		{Name: "upload_slots", Kind: kindCount, Default: "0", Reload: true, Doc: "Peers that one torrent uploads to at a time; 0 for as many as ask.",
			value: func(s *Settings) value { return count(&s.UploadSlots) }},
	}
}

func queueKeys() []Key {
	return []Key{
		{Name: "max_active_downloads", Kind: kindCount, Default: "0", Reload: true, Doc: "Torrents that download at a time, others wait in the queue; 0 for all.",
			value: func(s *Settings) value { return count(&s.MaxActiveDownloads) }},
		{Name: "max_active_seeds", Kind: kindCount, Default: "0", Reload: true, Doc: "Torrents that seed at a time; 0 for all.",
			value: func(s *Settings) value { return count(&s.MaxActiveSeeds) }},
		{Name: "max_active", Kind: kindCount, Default: "0", Reload: true, Doc: "Torrents that do either at a time; 0 for all.",
			value: func(s *Settings) value { return count(&s.MaxActive) }},
		{Name: "ratio", Kind: kindRatio, Default: "0", Reload: true, Doc: "A torrent is finished when it has uploaded so many times its size; 0 for never.",
			value: func(s *Settings) value { return ratio(&s.RatioGoal) }},
		{Name: "seed_time", Kind: kindTime, Default: "none", Reload: true, Doc: "A torrent is finished when it has been seeded for so long.",
			value: func(s *Settings) value { return duration(&s.TimeGoal) }},
	}
}

func fileKeys() []Key {
	return []Key{
		{Name: "download_dir", Kind: kindPath, Reload: true, Doc: "Folder of what is downloaded; empty for downloads in the data folder. It counts for torrents added later.",
			value: func(s *Settings) value { return text(&s.DownloadDir) }},
		{Name: "incomplete_dir", Kind: kindPath, Reload: true, Doc: "Folder of what is not complete yet; empty for the download folder.",
			value: func(s *Settings) value { return text(&s.IncompleteDir) }},
		{Name: "preallocate", Kind: "none, sparse or full", Default: "sparse", Reload: true, Doc: "What a file gets at its start: nothing, its length, or its room on the disk.",
			value: func(s *Settings) value { return choice(&s.Preallocate, "none", "sparse", "full") }},
		{Name: "on_complete", Kind: "list: program and arguments", Reload: true,
			Doc:   "Program to run when a torrent is complete, without a shell; what it is about stands in its environment.",
			value: func(s *Settings) value { return list{p: &s.OnComplete} }},
		{Name: "start_paused", Kind: kindBool, Default: "false", Reload: true, Doc: "Add torrents without starting them.",
			value: func(s *Settings) value { return boolean{&s.StartPaused} }},
		{Name: "sequential", Kind: kindBool, Default: "false", Reload: true, Doc: "Download pieces in order.",
			value: func(s *Settings) value { return boolean{&s.Sequential} }},
		{Name: "first_last", Kind: kindBool, Default: "false", Reload: true, Doc: "Download the first and the last piece of each file first.",
			value: func(s *Settings) value { return boolean{&s.FirstLast} }},
	}
}

func nodeKeys() []Key {
	return []Key{
		{Name: "ledger", Kind: kindBool, Default: "true", Doc: "Keep the ledger and join its network; false leaves a BitTorrent client alone.",
			value: func(s *Settings) value { return boolean{&s.Ledger} }},
		{Name: "keeper_announces", Kind: kindCount, Default: "120", Reload: true, Doc: "Announcements an hour, to the DHT, of the transactions that the wallet's coins descend from, so that others find them here (ttx wallet health); 0 for none. Each is some 60 packets; it lasts half an hour.",
			value: func(s *Settings) value { return count(&s.KeeperAnnounces) }},
		{Name: "proof_trackers", Kind: kindList, Doc: "Trackers that proofs name when they are exported with --trackers, by which command it is read: http, https or udp addresses, at most 8.",
			value: func(s *Settings) value { return list{&s.ProofTrackers, checkTracker} }},
		{Name: "log_level", Kind: "debug, info, warn or error", Default: "warn", Reload: true, Doc: "What is logged to stderr.",
			value: func(s *Settings) value { return choice(&s.LogLevel, "debug", "info", "warn", "error") }},
	}
}

func sourceKeys() []Key {
	return []Key{
		{Name: "watch", Kind: kindTables, Reload: true, Doc: "Folders whose .torrent files are added. As a flag or variable: the folders.",
			value: func(s *Settings) value { return watches(&s.Watch) }},
		{Name: "feed", Kind: kindTables, Reload: true, Doc: "RSS and Atom feeds whose entries are added. As a flag or variable: their addresses; filters stand in the file.",
			value: func(s *Settings) value { return feeds(&s.Feeds) }},
	}
}
