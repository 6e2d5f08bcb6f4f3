// The registry of go-containerregistry with its referrers API switched on, for tests. Its own command has no flag for it.
//
// It listens on a free port of 127.0.0.1, says "listening on 127.0.0.1:<port>" and keeps everything in memory.
// With REGISTRY_USERNAME and REGISTRY_PASSWORD it asks for them by Basic authentication.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	handler := registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0)))
	if username := os.Getenv("REGISTRY_USERNAME"); username != "" {
		handler = basic(handler, username, os.Getenv("REGISTRY_PASSWORD"))
	}
	log.Fatal(http.Serve(listener, handler))
}

func basic(handler http.Handler, username, password string) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		name, secret, _ := request.BasicAuth()
		if name == username && secret == password {
			handler.ServeHTTP(answer, request)
			return
		}
		answer.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		http.Error(answer, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`, http.StatusUnauthorized)
	})
}
