package endpoint

// The drivers of this build: those of upstream without NATS and t4, which bring a message server and a storage engine with them.
import (
	_ "github.com/k3s-io/kine/pkg/drivers/memory"
	_ "github.com/k3s-io/kine/pkg/drivers/mysql"
	_ "github.com/k3s-io/kine/pkg/drivers/pgsql"
	_ "github.com/k3s-io/kine/pkg/drivers/remote"
	_ "github.com/k3s-io/kine/pkg/drivers/split"
	_ "github.com/k3s-io/kine/pkg/drivers/sqlite"
)
